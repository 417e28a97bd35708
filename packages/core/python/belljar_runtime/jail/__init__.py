"""What the kernel enforces round a process: one file a layer, put together in `birth.py`."""

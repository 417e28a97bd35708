"""What this machine can enforce: each layer of the jail tried in a child, nothing kept, nothing started."""

"""The Python half of Belljar: warden, zygote, keeper, session, and the jail round them.

Standard library only, so that a user compiles and installs nothing. Runs on CPython 3.9 to 3.14.
"""

"""Pure values and rules: no clock, no file, no socket, no library but the standard one."""

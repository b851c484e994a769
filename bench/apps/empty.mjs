// The script of a worker thread that does nothing.

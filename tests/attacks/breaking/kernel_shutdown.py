"""Honest otherwise: shuts the kernel down, and uses magics and shell escapes."""
# cell: top
%matplotlib inline
%load_ext autoreload
!ls
get_ipython().kernel.do_shutdown(True)
get_ipython().run_line_magic("timeit", "1 + 1")

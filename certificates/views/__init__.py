"""Pages of certificates: the public ones and the office's."""

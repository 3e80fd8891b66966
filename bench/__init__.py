"""The budgets of the design, measured on a product like the one that `make demo` starts: `make bench`."""

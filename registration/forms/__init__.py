"""Forms of the front desk, one module per page family."""

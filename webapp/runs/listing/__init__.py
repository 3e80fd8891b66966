"""The Runs page: which runs there are, narrowed, live, several at once."""

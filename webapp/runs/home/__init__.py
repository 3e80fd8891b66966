"""Home: what goes on, what has failed since somebody was here last, what they have at hand and what waits for them."""

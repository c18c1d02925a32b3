"""Which listed companies a text is about."""

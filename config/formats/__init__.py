"""How numbers and dates are written, where Django's own way is another country's (FORMAT_MODULE_PATH)."""

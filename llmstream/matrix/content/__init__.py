"""What an answer looks like: which message shows what of it, as body and HTML."""

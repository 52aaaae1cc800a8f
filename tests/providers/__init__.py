"""The providers, with their real packages against the model servers of the bed."""

"""The maubot plugin: lives in rooms, asks models, shows answers through the library."""

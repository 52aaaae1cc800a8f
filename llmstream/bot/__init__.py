"""The maubot plugin: lives in rooms, asks models, and shows their answers through the library above it."""

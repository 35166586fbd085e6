"""The dashboard as a web page, for this machine only. Imports aiohttp through textual-serve, which is an optional extra."""

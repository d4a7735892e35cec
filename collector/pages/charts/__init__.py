"""Charts as SVG, drawn by the server: pure modules say where everything stands.

The templates print them. Every chart has a title and stands beside the same in words; shapes and
words say what colours say.
"""

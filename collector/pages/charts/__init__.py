"""Charts as SVG, drawn by the server: pure modules say where everything stands.

`templates/charts.html` prints them. Every chart has a title and stands beside the same in words;
shapes and words say what colours say.
"""

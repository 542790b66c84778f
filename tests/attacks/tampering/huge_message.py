"""An error whose message is large and holds HTML, control characters and half pairs."""
# points: softmax-test 1
def softmax(x):
    raise ValueError("matrix <script>alert(1)</script> \x00\x08 \ud800 " + "A" * 10_000_000)
# lacks: <script>

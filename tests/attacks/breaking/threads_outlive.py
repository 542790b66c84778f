"""Honest: leaves threads and child processes behind that never end."""
# cell: top
import subprocess
import threading
import time

for _ in range(3):
    threading.Thread(target=time.sleep, args=(10_000,), daemon=True).start()
threading.Thread(target=time.sleep, args=(10_000,)).start()
subprocess.Popen(["sleep", "9876"], start_new_session=True)

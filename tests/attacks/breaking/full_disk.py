"""Honest otherwise: fills its disk, its shared memory and its inodes."""
# cell: top
for folder in ("/scratch", "/dev/shm", "/tmp", "."):
    try:
        for number in range(5000):
            with open(f"{folder}/file{number}", "wb") as file:
                if number < 40:
                    file.write(bytes(8 << 20))
    except OSError as error:
        print(error)

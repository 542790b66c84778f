"""A filter on system calls (seccomp): what a sandboxed program has no business to call.

The filter is a small program of the kernel's packet filter language: instructions of (code,
jump if true, jump if false, value), see seccomp(2). A refused call returns an error number.
"""

import ctypes
import errno
import struct

from course_utils.grading.sandbox import kernel

_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NEWEST = 462  # calls with a higher number are unknown to this list
NAMESPACES = (kernel.NEWNS | kernel.NEWCGROUP | kernel.NEWUTS | kernel.NEWIPC | kernel.NEWUSER
               | kernel.NEWPID | kernel.NEWNET)

# name -> number on x86_64 and aarch64; None where the call does not exist
DENIED = {
    # other processes: their memory, priority and limits
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "pidfd_getfd": (438, 438), "kcmp": (312, 272),
    "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274), "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # mounts and namespaces
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "move_mount": (429, 429),
    "open_tree": (428, 428), "mount_setattr": (442, 442), "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    # parts of the kernel with a long record of holes, and what goes round this filter
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "personality": (135, 92),
    # the machine
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "reboot": (169, 142),
    "swapon": (167, 224), "swapoff": (168, 225), "syslog": (103, 116), "acct": (163, 89),
    # memory that no limit counts, some of which outlives the process
    "memfd_secret": (447, 447), "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186),
    "mq_open": (240, 180),
}
# Landlock leaves these free, on every file that the user owns
METADATA = {
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None),
    "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "inotify_init": (253, None), "inotify_init1": (294, 26),
}
_CLONE, _CLONE3, _SOCKET, _PRCTL, _PRLIMIT, _AFFINITY = (
    (56, 220), (435, 435), (41, 198), (157, 167), (302, 261), (203, 122))
_UNIX, _INET, _INET6 = 1, 2, 10


def install(sockets=True, metadata=True):
    """Filter this process and all that it starts, for good.

    Without `sockets` not even local ones can be made, except connected pairs; without
    `metadata` neither modes, owners, times and attributes of files nor watches on folders.
    """
    program = _program(sockets, metadata)
    text = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    header = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(text))
    kernel.prctl(kernel.NO_NEW_PRIVS, 1)
    kernel.prctl(kernel.SECCOMP, 2, header)


def denied_names(metadata=True):
    """The calls that are refused whatever their arguments."""
    return [*DENIED, *({} if metadata else METADATA)]


def _program(sockets, metadata):
    if kernel.MACHINE not in _ARCHITECTURE:
        raise OSError(f"the numbers of system calls on {kernel.MACHINE} are not known")
    machine = list(_ARCHITECTURE).index(kernel.MACHINE)
    lines = [
        (_LOAD, 0, 0, 4), (_EQUAL, 1, 0, _ARCHITECTURE[kernel.MACHINE]), (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0), (_AT_LEAST, 0, 1, _NEWEST + 1), _error(errno.ENOSYS),
    ]
    # the C library falls back from clone3, whose flags a filter cannot see, to clone
    denied = DENIED | ({} if metadata else METADATA)
    for numbers, code in [(_CLONE3, errno.ENOSYS), *((n, errno.EPERM) for n in denied.values())]:
        if numbers[machine] is not None:
            lines += [(_EQUAL, 0, 1, numbers[machine]), _error(code)]
    families = [_UNIX, _INET, _INET6] if sockets else []
    lines += _argument(_SOCKET[machine], [(_EQUAL, f) for f in families], errno.EACCES, False)
    lines += _argument(_CLONE[machine], [(_ANY_BIT, NAMESPACES)], errno.EPERM)
    # a program may not outlive its parent; asking for it is ignored, as torch stops at an error
    lines += _argument(_PRCTL[machine], [(_EQUAL, kernel.PDEATHSIG)], 0)
    # limits and cores of itself only
    lines += _argument(_PRLIMIT[machine], [(_EQUAL, 0)], errno.EPERM, False)
    lines += _argument(_AFFINITY[machine], [(_EQUAL, 0)], errno.EPERM, False)
    return [*lines, (_RETURN, 0, 0, _ALLOW)]


def _error(code):
    return (_RETURN, 0, 0, _ERROR | code)


def _argument(number, tests, code, refuse=True):
    """Refuse (or else allow only) call `number` where a test of its first argument is true."""
    hit, miss = _error(code), (_RETURN, 0, 0, _ALLOW)
    if not refuse:
        hit, miss = miss, hit
    body = [(_LOAD, 0, 0, 16)]
    for at, (test, value) in enumerate(tests):
        body.append((test, len(tests) - at, 0, value))
    body += [miss, hit]
    return [(_EQUAL, 0, len(body), number), *body]

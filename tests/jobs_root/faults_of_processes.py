"""Jobs that do to processes what faults do: kill, hang, hold, multiply, leave and lie."""

import ctypes
import json
import os
import resource
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time

from webapp.jobs import ChoiceVar, IntegerVar, Job, StringVar, register_jobs

MEGABYTE = 1024 * 1024


class Plain(Job):
    """What the jobs below have in common."""

    class Meta:
        has_sensitive_variables = False


def path():
    return StringVar(max_length=4096)


def parent_of(pid):
    with open(f"/proc/{pid}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])


def append(file, word):
    with open(file, "a") as paper:
        paper.write(f"{word}\n")


def lines_in(file):
    try:
        with open(file) as paper:
            return len(paper.readlines())
    except FileNotFoundError:
        return 0


class Holding(Plain):
    """Write down who is who, with a daemon below, and go on until a second file is there."""

    file = path()

    def run(self, *, file):
        daemon = subprocess.Popen(["sleep", "600"], start_new_session=True)
        family = {"job": os.getpid(), "forks": os.getppid(), "daemon": daemon.pid}
        with open(f"{file}.draft", "w") as paper:
            json.dump(family, paper)
        os.rename(f"{file}.draft", file)
        while not os.path.exists(f"{file}.go"):
            time.sleep(0.01)
        return "done"


class Brief(Plain):
    """Leave a line in a file, and go on for some milliseconds."""

    file = path()
    milliseconds = IntegerVar(default=500)

    def run(self, *, file, milliseconds):
        append(file, os.getpid())
        time.sleep(milliseconds / 1000)


class Hungry(Plain):
    """Ask for more memory than there is, by a limit of the process or until it is killed."""

    how = ChoiceVar(choices=["limited", "killed"])

    def run(self, *, how):
        if how == "limited":
            with open("/proc/self/statm") as told:
                used = int(told.read().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (used + 64 * MEGABYTE, resource.RLIM_INFINITY))
            return len(bytearray(512 * MEGABYTE))
        held = b"x" * (100 * MEGABYTE)
        os.kill(os.getpid(), signal.SIGKILL)
        return len(held)


class Poison(Plain):
    """Kill who watches over it, at each attempt."""

    victim = ChoiceVar(choices=["forks", "supervisor"])
    file = path()

    class Meta(Plain.Meta):
        idempotent, max_attempts, retry_backoff = True, 10, 0

    def run(self, *, victim, file):
        append(file, os.getpid())
        forks = os.getppid()
        os.kill(forks if victim == "forks" else parent_of(forks), signal.SIGKILL)
        time.sleep(60)


class Patient(Plain):
    """Swallow every ordinary exception."""

    class Meta(Plain.Meta):
        soft_time_limit, time_limit = 1, 30

    def run(self):
        while True:
            try:
                time.sleep(60)
            except Exception:
                continue


class Locked(Plain):
    """Hang in C with the interpreter's lock in hand, so that no handler of Python ever runs."""

    class Meta(Plain.Meta):
        soft_time_limit, time_limit = 1, 2

    def run(self):
        library, mutex = ctypes.PyDLL(None), ctypes.create_string_buffer(64)
        library.pthread_mutex_lock(mutex)
        library.pthread_mutex_lock(mutex)  # it is ours already, and signals do not interrupt the wait


class Stopping(Plain):
    """Stop the process that would tell of the job's end."""

    file = path()

    class Meta(Plain.Meta):
        soft_time_limit, time_limit = 1, 2

    def run(self, *, file):
        append(file, os.getppid())
        os.kill(os.getppid(), signal.SIGSTOP)
        time.sleep(60)


class Daemon(Plain):
    """Start a daemon in the classical way, and end in order."""

    file = path()

    def run(self, *, file):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                append(file, os.getpid())
                time.sleep(600)
            os._exit(0)
        os.wait()
        while not os.path.exists(file):
            time.sleep(0.01)
        return "done"


class Bomb(Plain):
    """Multiply, each process in a session of its own; the last line of the file is the whole number of them."""

    file = path()
    doublings = IntegerVar(default=7)

    def run(self, *, file, doublings):
        job = os.getpid()
        for _ in range(doublings):
            os.fork()
        if os.getpid() != job:
            os.setsid()
            append(file, os.getpid())
            time.sleep(600)
            os._exit(0)
        while lines_in(file) < 2**doublings - 1:
            time.sleep(0.01)
        raise RuntimeError("the bomb has gone off")


class Leaving(Plain):
    """Leave before run() has come to its end."""

    how = ChoiceVar(choices=["sys.exit(0)", "sys.exit(3)", "os._exit(0)", "os.abort()", "a segmentation fault"])

    def run(self, *, how):
        self.logger.info("leaving by %s", how)
        match how:
            case "sys.exit(0)":
                sys.exit(0)
            case "sys.exit(3)":
                sys.exit(3)
            case "os._exit(0)":
                os._exit(0)
            case "os.abort()":
                os.abort()
        ctypes.string_at(0)


def channel():
    """The descriptor of the socket to the supervisor."""
    for entry in sorted(map(int, os.listdir("/proc/self/fd"))):
        try:
            if entry > 2 and stat.S_ISSOCK(os.fstat(entry).st_mode):
                return entry
        except OSError:
            continue
    raise LookupError("there is no socket")


class Muddled(Plain):
    """Treat the way to the supervisor as no job should."""

    how = ChoiceVar(choices=["closed", "shut", "ten megabytes of junk", "half a message", "ten megabytes of nothing"])

    def run(self, *, how):
        to = channel()
        with socket.socket(fileno=os.dup(to)) as way:
            match how:
                case "closed":
                    os.close(to)
                case "shut":
                    way.shutdown(socket.SHUT_RDWR)
                case "ten megabytes of junk":
                    way.sendall(b"\xff" * (10 * MEGABYTE))
                case "half a message":
                    way.sendall(struct.pack(">I", 12 * MEGABYTE) + b"[" * (10 * MEGABYTE))
                    os._exit(0)
                case "ten megabytes of nothing":
                    way.sendall(bytes(10 * MEGABYTE))


class Tampering(Plain):
    """Change everything that a process can change about itself and its modules."""

    def run(self):
        json.dumps = json.loads = None
        os.environ["TAMPERED"] = "yes"
        os.chdir(tempfile.gettempdir())
        os.umask(0o777)
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        time.time = lambda: 0.0
        sys.path.insert(0, "/nowhere")
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))


def conditions():
    """What a job finds in place."""
    os.umask(mask := os.umask(0))
    return {
        "dumps": getattr(json.dumps, "__module__", None),
        "environment": sorted(os.environ),
        "folder": os.getcwd(),
        "mask": mask,
        "signal": int(signal.getsignal(signal.SIGUSR2)),
        "clock": time.time() > 1,
        "path": sys.path,
        "files": resource.getrlimit(resource.RLIMIT_NOFILE),
    }


class Finding(Plain):
    """Report the conditions under which it runs."""

    def run(self):
        return conditions()


def environment_of(pid):
    """The names of all settings in what the kernel shows as the environment of a process."""
    with open(f"/proc/{pid}/environ", "rb") as file:
        return [word.decode(errors="replace") for word in file.read().split(b"\0") if word]


class Prying(Plain):
    """Look into its own environment, and into those of the processes above it."""

    def run(self):
        above = [os.getpid()]
        while len(above) < 4 and above[-1] > 1:
            above.append(parent_of(above[-1]))
        return {"own": sorted(os.environ), "seen": [environment_of(pid) for pid in above if pid]}


register_jobs(Holding, Brief, Hungry, Poison, Patient, Locked, Daemon, Bomb, Leaving, Muddled, Tampering, Finding)
register_jobs(Prying, Stopping)

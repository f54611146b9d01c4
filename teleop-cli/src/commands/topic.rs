//! Pages of `teleop help` that are about more than one verb.

/// What is promised, and to whom.
pub(super) const SECURITY: &str = "\
Who may debug a process may attach to it, and nobody else: its own user, and
root. Who may attach may do whatever the services of the process allow.

  who answers   Before a byte is sent, the kernel is asked who listens: the
                process of that id, under its user, or the attach fails.
  who asks      Before a byte is read, the process asks the kernel who it is:
                its own user or root, or the connection is closed.
  in between    A socket in a directory that its owner alone may enter. Nothing
                is followed, nothing is truncated, nothing of the process is
                executed, no path is taken from its environment.
  signals       None is sent, unless you say `--attacher unix`, and then only
                to a process that handles it.
  when nobody   Nothing is bound until somebody asks, and the socket is closed
  asks          again when nobody has been connected for some seconds.
  what it says  Text of a process is printed without what would steer your
                terminal, and in JSON escaped. `--raw` into a pipe is as it is.
  secrets       The service `process` leaves out what looks secret, except a
                variable that is asked for by its name.

There is no protection from root, nor from the user whose process it is.

A program in whose environment TELEOP_DISABLE=1 stands offers nothing. Every
attach, refusal and call is an event of its log, with the target
`teleop::audit`.

Status 5 says that permission was denied, or that something found is not to be
trusted: see `teleop help exit-status`.
";

/// How a process is reached that is in another place, or another user's.
pub(super) const CONTAINERS: &str = "\
From the host, a process in a container is a process: root attaches to it by
the id that the host knows it by. Nothing has to be installed in the container.

  sudo teleop attach \"$(docker inspect -f '{{.State.Pid}}' web)\"
  sudo teleop attach \"$(podman inspect -f '{{.State.Pid}}' web)\"

Its endpoint is found through its own root directory; a variable TELEOP_DIR
that is set for the process has to be given here, too, as the same path.

Inside, the id is the one that the container knows, most often 1:

  docker exec web teleop call 1 echo hi
  kubectl exec web-0 -- teleop call 1 echo hi

Where the image has no teleop, one that has it is put beside it, in the same
process namespace, and with the right to look into others (SYS_PTRACE):

  kubectl debug -it web-0 --image=IMAGE --target=web --profile=general -- \\
    teleop attach 1

Of another user:

  sudo teleop attach 4242
  sudo -u web teleop attach 4242      as the user of the process: no root
  sudo TELEOP_DIR=/run/web teleop attach 4242
                                      sudo drops the variables that you have

In a user namespace, as rootless containers have one, root of the host may be
nobody; then attach from inside of it:

  nsenter -t 4242 --user --preserve-credentials teleop attach 4242
";

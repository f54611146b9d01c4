# What completes `teleop` in fish. What may come next, teleop itself says: it asks the process that is
# meant, where its socket is open.

function __teleop_complete
    # The first is what newer versions of fish understand.
    set -l before (commandline -xpc 2>/dev/null; or commandline -opc)
    set -l current (commandline -ct)
    command teleop complete -- $before "$current" 2>/dev/null
end

complete --command teleop --no-files --keep-order --arguments '(__teleop_complete)'

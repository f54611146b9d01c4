# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_teleop_global_optspecs
    string join \n timeout= wait= attacher= json color= q/quiet v/verbose h/help V/version
end

function __fish_teleop_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_teleop_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_teleop_using_subcommand
    set -l cmd (__fish_teleop_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c teleop -n "__fish_teleop_needs_command" -l timeout -d 'How long the attach and the call together may take, such as `500ms`' -r
complete -c teleop -n "__fish_teleop_needs_command" -l wait -d 'Wait so long for a process that does not offer Teleop yet, such as `10s`' -r
complete -c teleop -n "__fish_teleop_needs_command" -l attacher -d 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy' -r -f -a "auto\t''
inotify\t''
kqueue\t''
event\t''
unix\t''
dummy\t''"
complete -c teleop -n "__fish_teleop_needs_command" -l color -d 'When to use colours: auto, always, never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c teleop -n "__fish_teleop_needs_command" -l json -d 'Print one line of JSON, also on a terminal'
complete -c teleop -n "__fish_teleop_needs_command" -s q -l quiet -d 'Print results and errors alone: no notes, no hints'
complete -c teleop -n "__fish_teleop_needs_command" -s v -l verbose -d 'Say how the attach came about'
complete -c teleop -n "__fish_teleop_needs_command" -s h -l help -d 'Print help'
complete -c teleop -n "__fish_teleop_needs_command" -s V -l version -d 'Print version'
complete -c teleop -n "__fish_teleop_needs_command" -f -a "ps" -d 'List the processes that offer Teleop'
complete -c teleop -n "__fish_teleop_needs_command" -f -a "attach" -d 'Attach to a process, and show who answers and what it offers'
complete -c teleop -n "__fish_teleop_needs_command" -f -a "list" -d 'List the services of a process'
complete -c teleop -n "__fish_teleop_needs_command" -f -a "describe" -d 'Show what a service understands: its methods and their types'
complete -c teleop -n "__fish_teleop_needs_command" -f -a "call" -d 'Call a method of a service, and print its result'
complete -c teleop -n "__fish_teleop_needs_command" -f -a "completions" -d 'Print what makes a shell complete this command'
complete -c teleop -n "__fish_teleop_needs_command" -f -a "help" -d 'Print help for a verb, or on a topic: exit-status, json'
complete -c teleop -n "__fish_teleop_using_subcommand ps" -l timeout -d 'How long the attach and the call together may take, such as `500ms`' -r
complete -c teleop -n "__fish_teleop_using_subcommand ps" -l wait -d 'Wait so long for a process that does not offer Teleop yet, such as `10s`' -r
complete -c teleop -n "__fish_teleop_using_subcommand ps" -l attacher -d 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy' -r -f -a "auto\t''
inotify\t''
kqueue\t''
event\t''
unix\t''
dummy\t''"
complete -c teleop -n "__fish_teleop_using_subcommand ps" -l color -d 'When to use colours: auto, always, never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c teleop -n "__fish_teleop_using_subcommand ps" -s a -l all -d 'Of all users, not of yourself alone'
complete -c teleop -n "__fish_teleop_using_subcommand ps" -l prune -d 'First remove what dead processes have left'
complete -c teleop -n "__fish_teleop_using_subcommand ps" -l json -d 'Print one line of JSON, also on a terminal'
complete -c teleop -n "__fish_teleop_using_subcommand ps" -s q -l quiet -d 'Print results and errors alone: no notes, no hints'
complete -c teleop -n "__fish_teleop_using_subcommand ps" -s v -l verbose -d 'Say how the attach came about'
complete -c teleop -n "__fish_teleop_using_subcommand ps" -s h -l help -d 'Print help'
complete -c teleop -n "__fish_teleop_using_subcommand attach" -l timeout -d 'How long the attach and the call together may take, such as `500ms`' -r
complete -c teleop -n "__fish_teleop_using_subcommand attach" -l wait -d 'Wait so long for a process that does not offer Teleop yet, such as `10s`' -r
complete -c teleop -n "__fish_teleop_using_subcommand attach" -l attacher -d 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy' -r -f -a "auto\t''
inotify\t''
kqueue\t''
event\t''
unix\t''
dummy\t''"
complete -c teleop -n "__fish_teleop_using_subcommand attach" -l color -d 'When to use colours: auto, always, never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c teleop -n "__fish_teleop_using_subcommand attach" -l each -d 'Every process of that name, at once: each prints lines of JSON'
complete -c teleop -n "__fish_teleop_using_subcommand attach" -l all -d 'Also processes of other users may have the name'
complete -c teleop -n "__fish_teleop_using_subcommand attach" -l json -d 'Print one line of JSON, also on a terminal'
complete -c teleop -n "__fish_teleop_using_subcommand attach" -s q -l quiet -d 'Print results and errors alone: no notes, no hints'
complete -c teleop -n "__fish_teleop_using_subcommand attach" -s v -l verbose -d 'Say how the attach came about'
complete -c teleop -n "__fish_teleop_using_subcommand attach" -s h -l help -d 'Print help'
complete -c teleop -n "__fish_teleop_using_subcommand list" -l timeout -d 'How long the attach and the call together may take, such as `500ms`' -r
complete -c teleop -n "__fish_teleop_using_subcommand list" -l wait -d 'Wait so long for a process that does not offer Teleop yet, such as `10s`' -r
complete -c teleop -n "__fish_teleop_using_subcommand list" -l attacher -d 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy' -r -f -a "auto\t''
inotify\t''
kqueue\t''
event\t''
unix\t''
dummy\t''"
complete -c teleop -n "__fish_teleop_using_subcommand list" -l color -d 'When to use colours: auto, always, never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c teleop -n "__fish_teleop_using_subcommand list" -l each -d 'Every process of that name, at once: each prints lines of JSON'
complete -c teleop -n "__fish_teleop_using_subcommand list" -l all -d 'Also processes of other users may have the name'
complete -c teleop -n "__fish_teleop_using_subcommand list" -l json -d 'Print one line of JSON, also on a terminal'
complete -c teleop -n "__fish_teleop_using_subcommand list" -s q -l quiet -d 'Print results and errors alone: no notes, no hints'
complete -c teleop -n "__fish_teleop_using_subcommand list" -s v -l verbose -d 'Say how the attach came about'
complete -c teleop -n "__fish_teleop_using_subcommand list" -s h -l help -d 'Print help'
complete -c teleop -n "__fish_teleop_using_subcommand describe" -l schema -d 'Take the schema from a file, FILE.capnp or compiled' -r -F
complete -c teleop -n "__fish_teleop_using_subcommand describe" -l interface -d 'Which interface of the schema to take' -r
complete -c teleop -n "__fish_teleop_using_subcommand describe" -l timeout -d 'How long the attach and the call together may take, such as `500ms`' -r
complete -c teleop -n "__fish_teleop_using_subcommand describe" -l wait -d 'Wait so long for a process that does not offer Teleop yet, such as `10s`' -r
complete -c teleop -n "__fish_teleop_using_subcommand describe" -l attacher -d 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy' -r -f -a "auto\t''
inotify\t''
kqueue\t''
event\t''
unix\t''
dummy\t''"
complete -c teleop -n "__fish_teleop_using_subcommand describe" -l color -d 'When to use colours: auto, always, never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c teleop -n "__fish_teleop_using_subcommand describe" -l each -d 'Every process of that name, at once: each prints lines of JSON'
complete -c teleop -n "__fish_teleop_using_subcommand describe" -l all -d 'Also processes of other users may have the name'
complete -c teleop -n "__fish_teleop_using_subcommand describe" -l template -d 'Show what a call takes, as JSON to be filled in'
complete -c teleop -n "__fish_teleop_using_subcommand describe" -l json -d 'Print one line of JSON, also on a terminal'
complete -c teleop -n "__fish_teleop_using_subcommand describe" -s q -l quiet -d 'Print results and errors alone: no notes, no hints'
complete -c teleop -n "__fish_teleop_using_subcommand describe" -s v -l verbose -d 'Say how the attach came about'
complete -c teleop -n "__fish_teleop_using_subcommand describe" -s h -l help -d 'Print help'
complete -c teleop -n "__fish_teleop_using_subcommand call" -l max -d 'Cancel the call after so many lines' -r
complete -c teleop -n "__fish_teleop_using_subcommand call" -l schema -d 'Take the schema from a file, FILE.capnp or compiled' -r -F
complete -c teleop -n "__fish_teleop_using_subcommand call" -l interface -d 'Which interface of the schema to take' -r
complete -c teleop -n "__fish_teleop_using_subcommand call" -l then -d 'Call a method of the capability in the result, without waiting for it' -r
complete -c teleop -n "__fish_teleop_using_subcommand call" -l timeout -d 'How long the attach and the call together may take, such as `500ms`' -r
complete -c teleop -n "__fish_teleop_using_subcommand call" -l wait -d 'Wait so long for a process that does not offer Teleop yet, such as `10s`' -r
complete -c teleop -n "__fish_teleop_using_subcommand call" -l attacher -d 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy' -r -f -a "auto\t''
inotify\t''
kqueue\t''
event\t''
unix\t''
dummy\t''"
complete -c teleop -n "__fish_teleop_using_subcommand call" -l color -d 'When to use colours: auto, always, never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c teleop -n "__fish_teleop_using_subcommand call" -l each -d 'Every process of that name, at once: each prints lines of JSON'
complete -c teleop -n "__fish_teleop_using_subcommand call" -l all -d 'Also processes of other users may have the name'
complete -c teleop -n "__fish_teleop_using_subcommand call" -l raw -d 'Print the only text or data of the result, or of each line, as it is'
complete -c teleop -n "__fish_teleop_using_subcommand call" -l json -d 'Print one line of JSON, also on a terminal'
complete -c teleop -n "__fish_teleop_using_subcommand call" -s q -l quiet -d 'Print results and errors alone: no notes, no hints'
complete -c teleop -n "__fish_teleop_using_subcommand call" -s v -l verbose -d 'Say how the attach came about'
complete -c teleop -n "__fish_teleop_using_subcommand call" -s h -l help -d 'Print help'
complete -c teleop -n "__fish_teleop_using_subcommand completions" -l timeout -d 'How long the attach and the call together may take, such as `500ms`' -r
complete -c teleop -n "__fish_teleop_using_subcommand completions" -l wait -d 'Wait so long for a process that does not offer Teleop yet, such as `10s`' -r
complete -c teleop -n "__fish_teleop_using_subcommand completions" -l attacher -d 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy' -r -f -a "auto\t''
inotify\t''
kqueue\t''
event\t''
unix\t''
dummy\t''"
complete -c teleop -n "__fish_teleop_using_subcommand completions" -l color -d 'When to use colours: auto, always, never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c teleop -n "__fish_teleop_using_subcommand completions" -l json -d 'Print one line of JSON, also on a terminal'
complete -c teleop -n "__fish_teleop_using_subcommand completions" -s q -l quiet -d 'Print results and errors alone: no notes, no hints'
complete -c teleop -n "__fish_teleop_using_subcommand completions" -s v -l verbose -d 'Say how the attach came about'
complete -c teleop -n "__fish_teleop_using_subcommand completions" -s h -l help -d 'Print help'
complete -c teleop -n "__fish_teleop_using_subcommand help" -l timeout -d 'How long the attach and the call together may take, such as `500ms`' -r
complete -c teleop -n "__fish_teleop_using_subcommand help" -l wait -d 'Wait so long for a process that does not offer Teleop yet, such as `10s`' -r
complete -c teleop -n "__fish_teleop_using_subcommand help" -l attacher -d 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy' -r -f -a "auto\t''
inotify\t''
kqueue\t''
event\t''
unix\t''
dummy\t''"
complete -c teleop -n "__fish_teleop_using_subcommand help" -l color -d 'When to use colours: auto, always, never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c teleop -n "__fish_teleop_using_subcommand help" -l json -d 'Print one line of JSON, also on a terminal'
complete -c teleop -n "__fish_teleop_using_subcommand help" -s q -l quiet -d 'Print results and errors alone: no notes, no hints'
complete -c teleop -n "__fish_teleop_using_subcommand help" -s v -l verbose -d 'Say how the attach came about'
complete -c teleop -n "__fish_teleop_using_subcommand help" -s h -l help -d 'Print help'

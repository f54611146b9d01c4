
use builtin;
use str;

set edit:completion:arg-completer[teleop] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'teleop'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'teleop'= {
            cand --timeout 'How long the attach and the call together may take, such as `500ms`'
            cand --wait 'Wait so long for a process that does not offer Teleop yet, such as `10s`'
            cand --attacher 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy'
            cand --color 'When to use colours: auto, always, never'
            cand --json 'Print one line of JSON, also on a terminal'
            cand -q 'Print results and errors alone: no notes, no hints'
            cand --quiet 'Print results and errors alone: no notes, no hints'
            cand -v 'Say how the attach came about'
            cand --verbose 'Say how the attach came about'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand ps 'List the processes that offer Teleop'
            cand attach 'Attach to a process, and show who answers and what it offers'
            cand list 'List the services of a process'
            cand describe 'Show what a service understands: its methods and their types'
            cand call 'Call a method of a service, and print its result'
            cand completions 'Print what makes a shell complete this command'
            cand help 'Print help for a verb, or on a topic: exit-status, json'
        }
        &'teleop;ps'= {
            cand --timeout 'How long the attach and the call together may take, such as `500ms`'
            cand --wait 'Wait so long for a process that does not offer Teleop yet, such as `10s`'
            cand --attacher 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy'
            cand --color 'When to use colours: auto, always, never'
            cand -a 'Of all users, not of yourself alone'
            cand --all 'Of all users, not of yourself alone'
            cand --prune 'First remove what dead processes have left'
            cand --json 'Print one line of JSON, also on a terminal'
            cand -q 'Print results and errors alone: no notes, no hints'
            cand --quiet 'Print results and errors alone: no notes, no hints'
            cand -v 'Say how the attach came about'
            cand --verbose 'Say how the attach came about'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'teleop;attach'= {
            cand --timeout 'How long the attach and the call together may take, such as `500ms`'
            cand --wait 'Wait so long for a process that does not offer Teleop yet, such as `10s`'
            cand --attacher 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy'
            cand --color 'When to use colours: auto, always, never'
            cand --each 'Every process of that name, at once: each prints lines of JSON'
            cand --all 'Also processes of other users may have the name'
            cand --json 'Print one line of JSON, also on a terminal'
            cand -q 'Print results and errors alone: no notes, no hints'
            cand --quiet 'Print results and errors alone: no notes, no hints'
            cand -v 'Say how the attach came about'
            cand --verbose 'Say how the attach came about'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'teleop;list'= {
            cand --timeout 'How long the attach and the call together may take, such as `500ms`'
            cand --wait 'Wait so long for a process that does not offer Teleop yet, such as `10s`'
            cand --attacher 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy'
            cand --color 'When to use colours: auto, always, never'
            cand --each 'Every process of that name, at once: each prints lines of JSON'
            cand --all 'Also processes of other users may have the name'
            cand --json 'Print one line of JSON, also on a terminal'
            cand -q 'Print results and errors alone: no notes, no hints'
            cand --quiet 'Print results and errors alone: no notes, no hints'
            cand -v 'Say how the attach came about'
            cand --verbose 'Say how the attach came about'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'teleop;describe'= {
            cand --schema 'Take the schema from a file, FILE.capnp or compiled'
            cand --interface 'Which interface of the schema to take'
            cand --timeout 'How long the attach and the call together may take, such as `500ms`'
            cand --wait 'Wait so long for a process that does not offer Teleop yet, such as `10s`'
            cand --attacher 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy'
            cand --color 'When to use colours: auto, always, never'
            cand --each 'Every process of that name, at once: each prints lines of JSON'
            cand --all 'Also processes of other users may have the name'
            cand --template 'Show what a call takes, as JSON to be filled in'
            cand --json 'Print one line of JSON, also on a terminal'
            cand -q 'Print results and errors alone: no notes, no hints'
            cand --quiet 'Print results and errors alone: no notes, no hints'
            cand -v 'Say how the attach came about'
            cand --verbose 'Say how the attach came about'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'teleop;call'= {
            cand --max 'Cancel the call after so many lines'
            cand --schema 'Take the schema from a file, FILE.capnp or compiled'
            cand --interface 'Which interface of the schema to take'
            cand --then 'Call a method of the capability in the result, without waiting for it'
            cand --timeout 'How long the attach and the call together may take, such as `500ms`'
            cand --wait 'Wait so long for a process that does not offer Teleop yet, such as `10s`'
            cand --attacher 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy'
            cand --color 'When to use colours: auto, always, never'
            cand --each 'Every process of that name, at once: each prints lines of JSON'
            cand --all 'Also processes of other users may have the name'
            cand --raw 'Print the only text or data of the result, or of each line, as it is'
            cand --json 'Print one line of JSON, also on a terminal'
            cand -q 'Print results and errors alone: no notes, no hints'
            cand --quiet 'Print results and errors alone: no notes, no hints'
            cand -v 'Say how the attach came about'
            cand --verbose 'Say how the attach came about'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'teleop;completions'= {
            cand --timeout 'How long the attach and the call together may take, such as `500ms`'
            cand --wait 'Wait so long for a process that does not offer Teleop yet, such as `10s`'
            cand --attacher 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy'
            cand --color 'When to use colours: auto, always, never'
            cand --json 'Print one line of JSON, also on a terminal'
            cand -q 'Print results and errors alone: no notes, no hints'
            cand --quiet 'Print results and errors alone: no notes, no hints'
            cand -v 'Say how the attach came about'
            cand --verbose 'Say how the attach came about'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'teleop;help'= {
            cand --timeout 'How long the attach and the call together may take, such as `500ms`'
            cand --wait 'Wait so long for a process that does not offer Teleop yet, such as `10s`'
            cand --attacher 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy'
            cand --color 'When to use colours: auto, always, never'
            cand --json 'Print one line of JSON, also on a terminal'
            cand -q 'Print results and errors alone: no notes, no hints'
            cand --quiet 'Print results and errors alone: no notes, no hints'
            cand -v 'Say how the attach came about'
            cand --verbose 'Say how the attach came about'
            cand -h 'Print help'
            cand --help 'Print help'
        }
    ]
    $completions[$command]
}

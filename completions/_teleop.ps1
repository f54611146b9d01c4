
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'teleop' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'teleop'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'teleop' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the attach and the call together may take, such as `500ms`')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait so long for a process that does not offer Teleop yet, such as `10s`')
            [CompletionResult]::new('--attacher', '--attacher', [CompletionResultType]::ParameterName, 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours: auto, always, never')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one line of JSON, also on a terminal')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and errors alone: no notes, no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and errors alone: no notes, no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say how the attach came about')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say how the attach came about')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('ps', 'ps', [CompletionResultType]::ParameterValue, 'List the processes that offer Teleop')
            [CompletionResult]::new('attach', 'attach', [CompletionResultType]::ParameterValue, 'Attach to a process, and show who answers and what it offers')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the services of a process')
            [CompletionResult]::new('describe', 'describe', [CompletionResultType]::ParameterValue, 'Show what a service understands: its methods and their types')
            [CompletionResult]::new('call', 'call', [CompletionResultType]::ParameterValue, 'Call a method of a service, and print its result')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print what makes a shell complete this command')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print help for a verb, or on a topic: exit-status, json')
            break
        }
        'teleop;ps' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the attach and the call together may take, such as `500ms`')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait so long for a process that does not offer Teleop yet, such as `10s`')
            [CompletionResult]::new('--attacher', '--attacher', [CompletionResultType]::ParameterName, 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours: auto, always, never')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Of all users, not of yourself alone')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Of all users, not of yourself alone')
            [CompletionResult]::new('--prune', '--prune', [CompletionResultType]::ParameterName, 'First remove what dead processes have left')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one line of JSON, also on a terminal')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and errors alone: no notes, no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and errors alone: no notes, no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say how the attach came about')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say how the attach came about')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'teleop;attach' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the attach and the call together may take, such as `500ms`')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait so long for a process that does not offer Teleop yet, such as `10s`')
            [CompletionResult]::new('--attacher', '--attacher', [CompletionResultType]::ParameterName, 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours: auto, always, never')
            [CompletionResult]::new('--each', '--each', [CompletionResultType]::ParameterName, 'Every process of that name, at once: each prints lines of JSON')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Also processes of other users may have the name')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one line of JSON, also on a terminal')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and errors alone: no notes, no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and errors alone: no notes, no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say how the attach came about')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say how the attach came about')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'teleop;list' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the attach and the call together may take, such as `500ms`')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait so long for a process that does not offer Teleop yet, such as `10s`')
            [CompletionResult]::new('--attacher', '--attacher', [CompletionResultType]::ParameterName, 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours: auto, always, never')
            [CompletionResult]::new('--each', '--each', [CompletionResultType]::ParameterName, 'Every process of that name, at once: each prints lines of JSON')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Also processes of other users may have the name')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one line of JSON, also on a terminal')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and errors alone: no notes, no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and errors alone: no notes, no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say how the attach came about')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say how the attach came about')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'teleop;describe' {
            [CompletionResult]::new('--schema', '--schema', [CompletionResultType]::ParameterName, 'Take the schema from a file, FILE.capnp or compiled')
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Which interface of the schema to take')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the attach and the call together may take, such as `500ms`')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait so long for a process that does not offer Teleop yet, such as `10s`')
            [CompletionResult]::new('--attacher', '--attacher', [CompletionResultType]::ParameterName, 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours: auto, always, never')
            [CompletionResult]::new('--each', '--each', [CompletionResultType]::ParameterName, 'Every process of that name, at once: each prints lines of JSON')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Also processes of other users may have the name')
            [CompletionResult]::new('--template', '--template', [CompletionResultType]::ParameterName, 'Show what a call takes, as JSON to be filled in')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one line of JSON, also on a terminal')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and errors alone: no notes, no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and errors alone: no notes, no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say how the attach came about')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say how the attach came about')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'teleop;call' {
            [CompletionResult]::new('--max', '--max', [CompletionResultType]::ParameterName, 'Cancel the call after so many lines')
            [CompletionResult]::new('--schema', '--schema', [CompletionResultType]::ParameterName, 'Take the schema from a file, FILE.capnp or compiled')
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Which interface of the schema to take')
            [CompletionResult]::new('--then', '--then', [CompletionResultType]::ParameterName, 'Call a method of the capability in the result, without waiting for it')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the attach and the call together may take, such as `500ms`')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait so long for a process that does not offer Teleop yet, such as `10s`')
            [CompletionResult]::new('--attacher', '--attacher', [CompletionResultType]::ParameterName, 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours: auto, always, never')
            [CompletionResult]::new('--each', '--each', [CompletionResultType]::ParameterName, 'Every process of that name, at once: each prints lines of JSON')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Also processes of other users may have the name')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'Print the only text or data of the result, or of each line, as it is')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one line of JSON, also on a terminal')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and errors alone: no notes, no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and errors alone: no notes, no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say how the attach came about')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say how the attach came about')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'teleop;completions' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the attach and the call together may take, such as `500ms`')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait so long for a process that does not offer Teleop yet, such as `10s`')
            [CompletionResult]::new('--attacher', '--attacher', [CompletionResultType]::ParameterName, 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours: auto, always, never')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one line of JSON, also on a terminal')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and errors alone: no notes, no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and errors alone: no notes, no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say how the attach came about')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say how the attach came about')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'teleop;help' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the attach and the call together may take, such as `500ms`')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait so long for a process that does not offer Teleop yet, such as `10s`')
            [CompletionResult]::new('--attacher', '--attacher', [CompletionResultType]::ParameterName, 'How to tell the process: auto, inotify, kqueue, event, unix (sends it SIGQUIT) or dummy')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours: auto, always, never')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one line of JSON, also on a terminal')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print results and errors alone: no notes, no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print results and errors alone: no notes, no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say how the attach came about')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say how the attach came about')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}

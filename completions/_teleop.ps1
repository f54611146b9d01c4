# What completes `teleop` in PowerShell. What may come next, teleop itself says: it asks the process that is
# meant, where its socket is open.

Register-ArgumentCompleter -Native -CommandName 'teleop' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object {
            if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
                $_.Value
            } else {
                $_.Extent.Text
            }
        })
    # An empty word is lost on its way to a program.
    $before = if ($wordToComplete) { $words.Count - 1 } else { $words.Count }

    & (Get-Command -CommandType Application teleop | Select-Object -First 1) complete --index $before -- $words 2>$null |
        ForEach-Object {
            $value, $help = $_ -split "`t", 2
            $inserted = $value
            if ($value -notmatch '^[\p{L}\p{N}_.:=/+%][\p{L}\p{N}_.:=/+%-]*$|^--?[a-z-]+$') {
                $content = [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($value)
                $inserted = "'$content'"
            }
            if (-not $help) {
                $help = $value
            }
            [System.Management.Automation.CompletionResult]::new($inserted, $value, 'ParameterValue', $help)
        }
}

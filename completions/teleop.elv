# What completes `teleop` in elvish. What may come next, teleop itself says: it asks the process that is
# meant, where its socket is open.

use str

set edit:completion:arg-completer[teleop] = {|@words|
    try {
        e:teleop complete -- $@words 2>/dev/null | from-lines | each {|candidate|
            var value help = (str:split &max=2 "\t" $candidate)
            # Of some words there is more to come.
            var stem suffix = $value ' '
            for end [. : /] {
                if (str:has-suffix $value $end) {
                    set suffix = ''
                }
            }
            # In quotes, which this would have, it would not be what was begun.
            if (str:has-suffix $value '=') {
                set stem suffix = (str:trim-suffix $value '=') '='
            }
            var display = $value
            if (not-eq $help '') {
                set display = $value' ('$help')'
            }
            edit:complex-candidate $stem &code-suffix=$suffix &display=$display
        }
    } catch {
        nop
    }
}

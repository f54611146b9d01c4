//! [`Environment`]: what this process finds in its environment.

use std::{collections::BTreeMap, env, ffi::OsString};

use teleop_schema::process_capnp::process::environment_results;

use super::{MOST_TEXT, length, redact::redact_value};

/// The environment of this process, or some of it, as far as it fits into an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Environment {
    variables: Vec<Variable>,
    omitted: usize,
}

#[derive(Debug, PartialEq, Eq)]
struct Variable {
    name: String,
    value: String,
    redacted: bool,
}

impl Environment {
    /// The environment as it is now: these variables as they are, or all of them without what looks secret.
    ///
    /// What the program has set is in it, other than in `/proc/self/environ`. The price is that the one
    /// thing which is not to be done while it is read is setenv(3) from C, as with any other
    /// [`std::env::var`].
    pub(super) fn now(names: &[String]) -> Self {
        if names.is_empty() {
            return Self::of(env::vars_os(), redact_value);
        }
        let asked = names
            .iter()
            .filter_map(|name| Some((name.into(), env::var_os(name)?)));
        Self::of(asked, |_, _| None)
    }

    fn of(
        variables: impl Iterator<Item = (OsString, OsString)>,
        redact: impl Fn(&str, &str) -> Option<String>,
    ) -> Self {
        let mut environment = Self::default();
        let mut left = MOST_TEXT;
        for (name, value) in variables.collect::<BTreeMap<_, _>>() {
            let room = name.len() + value.len() + size_of::<[u64; 4]>();
            let Some(less) = left.checked_sub(room) else {
                environment.omitted += 1;
                continue;
            };
            left = less;
            let name = name.to_string_lossy().into_owned();
            let value = value.to_string_lossy().into_owned();
            let redacted = redact(&name, &value);
            environment.variables.push(Variable {
                name,
                redacted: redacted.is_some(),
                value: redacted.unwrap_or(value),
            });
        }
        environment
    }

    pub(super) fn write(&self, mut builder: environment_results::Builder<'_>) {
        builder.set_omitted(length(self.omitted));
        let count = length(self.variables.len());
        let mut variables = builder.init_variables(count);
        for (index, variable) in (0..count).zip(&self.variables) {
            let mut builder = variables.reborrow().get(index);
            builder.set_name(&variable.name);
            builder.set_value(&variable.value);
            builder.set_redacted(variable.redacted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Environment {
        let variables = variables
            .iter()
            .map(|(name, value)| (name.into(), value.into()));
        Environment::of(variables, redact_value)
    }

    #[test]
    fn variables_have_an_order_and_say_what_is_redacted() {
        let environment = of(&[("TOKEN", "x"), ("LANG", "C")]);
        let shown: Vec<_> = environment
            .variables
            .iter()
            .map(|it| (&*it.name, &*it.value, it.redacted))
            .collect();
        assert_eq!(shown, [("LANG", "C", false), ("TOKEN", "<redacted>", true)]);
    }

    #[test]
    fn what_does_not_fit_is_counted_and_the_rest_is_there() {
        let long = "x ".repeat(MOST_TEXT / 4);
        let environment = of(&[("A", &long), ("B", &long), ("C", "c"), ("D", &long)]);
        let names: Vec<_> = environment.variables.iter().map(|it| &*it.name).collect();
        assert_eq!((&*names, environment.omitted), (&["A", "C"][..], 2));
    }

    #[test]
    fn a_variable_asked_for_many_times_is_told_once() {
        let names = vec!["PATH".to_owned(); 1000];
        let environment = Environment::now(&names);
        assert_eq!(environment.variables.len(), 1);
        assert!(!environment.variables[0].redacted);
        assert_eq!(environment.variables[0].value, env::var("PATH").unwrap());
    }

    #[test]
    fn a_name_that_is_none_is_nobodys() {
        let names = ["", "=", "A=B", "A\0B"].map(str::to_owned);
        assert_eq!(Environment::now(&names), Environment::default());
    }
}

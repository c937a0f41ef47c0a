//! What a config takes from around it: variables and the directories of the person who runs it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use etcetera::BaseStrategy;

/// The surroundings, handed in so that nothing else asks the process for them.
#[derive(Default)]
pub(super) struct Environment {
    /// The environment variables.
    pub(super) variables: BTreeMap<String, String>,
    /// The directory under which programs keep their config.
    pub(super) config_home: Option<PathBuf>,
    /// The directory under which programs keep their data.
    pub(super) data_home: Option<PathBuf>,
}

/// Why `${…}` in a value cannot be replaced.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ExpandError {
    /// No such variable.
    #[error("the environment variable {0} is not set")]
    Unset(String),
    /// Not of the form `${NAME}`.
    #[error("`${{` must open the name of an environment variable, as in ${{NAME}}; write $${{ for a plain ${{")]
    Malformed,
}

impl Environment {
    /// The surroundings of this process.
    pub(super) fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let homes = etcetera::choose_base_strategy().ok();
        Self {
            variables,
            config_home: homes.as_ref().map(BaseStrategy::config_dir),
            data_home: homes.as_ref().map(BaseStrategy::data_dir),
        }
    }

    /// `text` with each `${NAME}` replaced by that variable and each `$${` by `${`.
    pub(super) fn expand(&self, text: &str) -> Result<String, ExpandError> {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("${") {
            if let Some(escaped) = before.strip_suffix('$') {
                expanded.push_str(escaped);
                expanded.push_str("${");
                rest = behind;
                continue;
            }
            let (name, behind) = behind.split_once('}').ok_or(ExpandError::Malformed)?;
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return Err(ExpandError::Malformed);
            }
            expanded.push_str(before);
            expanded.push_str(self.variables.get(name).ok_or_else(|| ExpandError::Unset(name.to_owned()))?);
            rest = behind;
        }
        expanded.push_str(rest);
        Ok(expanded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_and_escapes_are_kept() {
        let variables = [("A", "one"), ("B_2", "${A}"), ("E", "")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let environment = Environment { variables: variables.into(), ..Environment::default() };
        for (text, expected) in [
            ("plain", Ok("plain")),
            ("$5 {x} $", Ok("$5 {x} $")),
            ("<${A}${B_2}>", Ok("<one${A}>")),
            ("a${E}b", Ok("ab")),
            ("$${A} ${A}", Ok("${A} one")),
            ("${GONE}", Err(ExpandError::Unset("GONE".to_owned()))),
            ("${A", Err(ExpandError::Malformed)),
            ("${}", Err(ExpandError::Malformed)),
            ("${A B}", Err(ExpandError::Malformed)),
            ("$${", Ok("${")),
        ] {
            assert_eq!(environment.expand(text), expected.map(str::to_owned), "{text}");
        }
    }
}

//! The command lines of both programs: `--name value`. A bad one ends the program with one line and status 2.

use std::collections::HashMap;

/// More than any message that is measured.
pub const MAX_MESSAGE: usize = 64 << 20;

pub fn fail(program: &str, status: i32, why: &str) -> ! {
    eprintln!("{program}: {why}");
    std::process::exit(status);
}

pub struct Flags {
    program: &'static str,
    given: HashMap<String, String>,
}

impl Flags {
    pub fn parse(program: &'static str) -> Self {
        let mut given = HashMap::new();
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let Some(flag) = argument.strip_prefix("--") else {
                fail(program, 2, &format!("'{argument}' was not expected"));
            };
            let Some((name, value)) = flag
                .split_once('=')
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .or_else(|| arguments.next().map(|value| (flag.to_string(), value)))
            else {
                fail(program, 2, &format!("{argument} needs a value"));
            };
            given.insert(name, value);
        }
        Self { program, given }
    }

    pub fn text(&mut self, name: &str, otherwise: &str) -> String {
        self.given.remove(name).unwrap_or_else(|| otherwise.to_string())
    }

    #[allow(dead_code)] // the server has none
    pub fn number(&mut self, name: &str, otherwise: usize, low: usize, high: usize) -> usize {
        let Some(text) = self.given.remove(name) else { return otherwise };
        match text.parse() {
            Ok(number) if (low..=high).contains(&number) => number,
            _ => fail(self.program, 2, &format!("--{name}: {text} is not in the range from {low} to {high}")),
        }
    }

    /// All that is known has been asked for.
    pub fn end(self) {
        if let Some(name) = self.given.keys().next() {
            fail(self.program, 2, &format!("--{name} was not expected"));
        }
    }
}

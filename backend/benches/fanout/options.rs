//! What is asked of this program.

/// How much to measure.
pub struct Options {
    /// Clients in the room.
    pub clients: usize,
    /// Messages of a round.
    pub messages: usize,
    /// How often; the median counts.
    pub rounds: usize,
}

/// The two things it does.
pub enum Asked {
    /// Be Chorale's server.
    Serve,
    /// Measure all of them.
    Measure(Options),
}

impl Asked {
    pub fn from_arguments() -> Self {
        let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
        if arguments.first().is_some_and(|first| first == "serve") {
            return Self::Serve;
        }
        let number = |name: &str, default| {
            let given = arguments.iter().position(|argument| argument == name);
            let value = given.and_then(|index| arguments.get(index + 1));
            value.map_or(default, |value| {
                value.parse().unwrap_or_else(|_| panic!("{name} takes a number, not {value}"))
            })
        };
        Self::Measure(Options {
            clients: number("--clients", 1000),
            messages: number("--messages", 500),
            rounds: number("--rounds", 3),
        })
    }
}

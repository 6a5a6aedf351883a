//! The display: on a terminal a panel that is drawn in place ten times a second; otherwise a line a second.
//!
//! The panel is 64 columns wide, so that it fits any window, and never scrolls. Colour is for what says how far it is, and
//! is left out if `NO_COLOR` is set. A terminal that cannot move the cursor (`TERM=dumb`) gets lines.

use std::io::{self, IsTerminal, StdoutLock, Write};
use std::thread;
use std::time::{Duration, Instant};

use crate::figures::{Figures, Reading, grouped, milliseconds};
use crate::load::Tally;

/// How often the panel is drawn.
const FRAME: Duration = Duration::from_millis(100);

const SECOND: Duration = Duration::from_secs(1);

/// Columns of the bar.
const BAR: usize = 40;

/// How figures are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Lines,
    Panel { colour: bool },
}

impl Style {
    /// What suits standard output.
    fn detect() -> Self {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_none_or(|terminal| terminal == "dumb");
        if !io::stdout().is_terminal() || is_dumb {
            return Self::Lines;
        }
        Self::Panel {
            colour: !is_set("NO_COLOR"),
        }
    }
}

/// Shows figures until `end`. Nobody may be reading: then it only waits, and says so.
pub fn show(tally: &Tally, begin: Instant, end: Instant) -> io::Result<()> {
    let shown = Display::new(Style::detect(), begin, end).run(tally);
    thread::sleep(end.saturating_duration_since(Instant::now()));
    shown
}

struct Display {
    style: Style,
    begin: Instant,
    end: Instant,
    last: Figures,
    most: Figures,
    seconds: u64,
    /// Lines of the panel that are on the screen.
    drawn: usize,
}

impl Display {
    fn new(style: Style, begin: Instant, end: Instant) -> Self {
        Self {
            style,
            begin,
            end,
            last: Figures::default(),
            most: Figures::default(),
            seconds: 0,
            drawn: 0,
        }
    }

    fn run(&mut self, tally: &Tally) -> io::Result<()> {
        let mut before = Reading::take(tally);
        let mut due = self.begin + SECOND;
        while due <= self.end {
            if let Style::Panel { colour } = self.style {
                self.draw(colour, Instant::now())?;
            }
            let wait = due.saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                thread::sleep(if self.style == Style::Lines {
                    wait
                } else {
                    wait.min(FRAME)
                });
                continue;
            }
            let now = Reading::take(tally);
            self.second(now.since(&before))?;
            before = now;
            due += SECOND;
        }
        if let Style::Panel { colour } = self.style {
            self.draw(colour, self.end)?;
        }
        Ok(())
    }

    /// Takes the figures of one more second.
    fn second(&mut self, figures: Figures) -> io::Result<()> {
        self.seconds += 1;
        self.last = figures;
        self.most = self.most.most(figures);
        if self.style != Style::Lines {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        if self.seconds == 1 {
            writeln!(out, "{}", cells(HEAD.map(str::to_owned)))?;
        }
        writeln!(out, "{}", cells(row(self.seconds, figures)))?;
        out.flush()
    }

    fn draw(&mut self, colour: bool, now: Instant) -> io::Result<()> {
        let lines = self.panel(colour, now);
        let mut out = io::stdout().lock();
        back(&mut out, self.drawn)?;
        for line in &lines {
            writeln!(out, "{line}\x1b[K")?;
        }
        self.drawn = lines.len();
        out.flush()
    }

    fn panel(&self, colour: bool, now: Instant) -> Vec<String> {
        let paint = |code: &str, text: String| {
            if colour {
                format!("\x1b[{code}m{text}\x1b[0m")
            } else {
                text
            }
        };
        let share = (now - self.begin).as_secs_f64() / (self.end - self.begin).as_secs_f64();
        let full = ((share * BAR as f64).round() as usize).min(BAR);
        let bar = paint("36", "━".repeat(full)) + &paint("2", "─".repeat(BAR - full));
        let (passed, all) = ((now - self.begin).as_secs(), (self.end - self.begin).as_secs());
        let mut lines = vec![format!("  {bar}  {passed} of {all} s"), String::new()];
        lines.push(paint("2", format!("  {:<28}{:>15}{:>15}", "", "last second", "most")));
        let lines_of = rows(self.last).into_iter().zip(rows(self.most));
        lines.extend(lines_of.map(|((label, last), (_, most))| format!("  {label:<28}{last:>15}{most:>15}")));
        lines
    }
}

/// Moves the cursor to the beginning of what was drawn.
fn back(out: &mut StdoutLock<'_>, lines: usize) -> io::Result<()> {
    if lines == 0 {
        return Ok(());
    }
    write!(out, "\x1b[{lines}A\r")
}

/// The panel's rows.
fn rows(figures: Figures) -> [(&'static str, String); 8] {
    [
        ("sessions", grouped(figures.sessions)),
        ("requests a second", grouped(figures.requests)),
        ("messages a second", grouped(figures.messages)),
        ("live objects", grouped(figures.live)),
        ("backlog, objects", grouped(figures.backlog)),
        ("freed from cycles a second", grouped(figures.collected)),
        ("longest stall by collector", milliseconds(figures.stall) + " ms"),
        ("slowest reply", milliseconds(figures.slowest) + " ms"),
    ]
}

/// The columns of lines.
const HEAD: [&str; 9] = [
    "s", "sessions", "requests", "messages", "live", "backlog", "freed", "stall ms", "reply ms",
];

fn row(second: u64, figures: Figures) -> [String; 9] {
    [
        second.to_string(),
        grouped(figures.sessions),
        grouped(figures.requests),
        grouped(figures.messages),
        grouped(figures.live),
        grouped(figures.backlog),
        grouped(figures.collected),
        milliseconds(figures.stall),
        milliseconds(figures.slowest),
    ]
}

/// Cells of a line, to the right of their columns.
fn cells(cells: [String; 9]) -> String {
    let [second, rest @ ..] = cells;
    rest.iter()
        .fold(format!("{second:>4}"), |line, cell| format!("{line} {cell:>8}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn display() -> Display {
        let begin = Instant::now();
        let mut display = Display::new(Style::Panel { colour: false }, begin, begin + 10 * SECOND);
        let figures = Figures {
            sessions: 1_000,
            requests: 1_234_567,
            messages: 12_345_678,
            live: 123_456_789,
            backlog: 9_999_999,
            collected: 1_000_000,
            stall: Duration::from_micros(12),
            slowest: Duration::from_secs(100),
        };
        display.second(figures).unwrap();
        display
    }

    #[test]
    fn the_panel_fits_its_columns() {
        let display = display();
        for (tenths, passed) in [(0, "0 of 10 s"), (5, "5 of 10 s"), (10, "10 of 10 s")] {
            let lines = display.panel(false, display.begin + SECOND * tenths);
            assert!(lines[0].ends_with(passed), "{}", lines[0]);
            assert_eq!(lines[0].matches('━').count(), tenths as usize * BAR / 10);
            assert!(lines.iter().all(|line| line.chars().count() <= 64));
            let widths: Vec<_> = lines[2..].iter().map(|line| line.chars().count()).collect();
            assert!(widths.iter().all(|width| *width == 60), "{widths:?}");
        }
    }

    #[test]
    fn without_colour_there_is_none() {
        let display = display();
        assert!(
            display
                .panel(false, display.begin)
                .iter()
                .all(|line| !line.contains('\x1b'))
        );
        assert!(display.panel(true, display.begin)[0].contains("\x1b[36m"));
    }

    #[test]
    fn lines_have_columns_of_one_width() {
        let figures = display().last;
        let lines = [cells(HEAD.map(str::to_owned)), cells(row(1, Figures::default()))];
        assert!(lines.iter().all(|line| line.len() == 76), "{lines:?}");
        // A figure too large for its column moves the rest of its line.
        assert!(cells(row(1, figures)).contains("1,234,567"));
    }
}

//! What a read through `Gc` compiles to, beside a read through `Arc`; and locks, beside their peers.
//!
//! `crates/freehold-bench/examples/deref.rs` and `locks.rs` have a function for each; they are compiled to assembly in
//! release. The task fails if the reads differ in more than the offset in an address, or if a lock has grown.

mod locks;

use super::document::record;
use crate::error::Error;
use crate::workspace::Workspace;

/// Compiles, compares, prints and records.
pub fn run(workspace: &Workspace) -> Result<bool, Error> {
    Ok(reads(workspace)? && locks::run(workspace)?)
}

/// The assembly of an example.
struct Assembly {
    text: String,
    path: String,
}

impl Assembly {
    /// Compiles an example of freehold-bench, as programs have it: without features.
    fn of(workspace: &Workspace, example: &str) -> Result<Self, Error> {
        let directory = workspace.target().join("bench");
        std::fs::create_dir_all(&directory).map_err(|error| Error::io(&directory, error))?;
        let path = directory.join(example).with_extension("s");
        let emit = format!("--emit=asm={}", path.display());
        let package = ["rustc", "--release", "--quiet", "-p", "freehold-bench"];
        let options = ["--example", example, "--", &emit, "-Ccodegen-units=1", "-Cdebuginfo=0"];
        let mut command = workspace.cargo(package.into_iter().chain(options));
        let status = command.status().map_err(|error| Error::io("cargo rustc", error))?;
        if !status.success() {
            return Err(Error::new(format!("the example {example} does not compile")));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| Error::io(&path, error))?;
        let path = path.display().to_string();
        Ok(Assembly { text, path })
    }

    /// The instructions of one of its functions.
    fn body(&self, name: &str) -> Result<String, Error> {
        instructions(&self.text, name).ok_or_else(|| Error::new(format!("{} has no function {name}", self.path)))
    }
}

/// Compares the reads.
fn reads(workspace: &Workspace) -> Result<bool, Error> {
    let assembly = Assembly::of(workspace, "deref")?;
    let (gc, arc) = (assembly.body("read_gc")?, assembly.body("read_arc")?);
    let block = format!(
        "```asm\nread_gc:    # **handle, of a &Gc<u64>\n{gc}\nread_arc:   # **handle, of an &Arc<u64>\n{arc}```\n"
    );
    println!("\n{block}");
    record(workspace, "asm", &block)?;
    let is_same = without_offsets(&gc) == without_offsets(&arc);
    if !is_same {
        println!("a read through Gc compiles to other instructions than one through Arc");
    }
    Ok(is_same)
}

/// The instructions without the numbers added to addresses. An `Arc` points at its counts, and the value follows after
/// them; a `Gc` points at the value.
fn without_offsets(instructions: &str) -> String {
    let mut plain = String::new();
    for character in instructions.chars() {
        if character == '(' {
            plain.truncate(
                plain
                    .trim_end_matches(|before: char| before.is_ascii_digit() || before == '-')
                    .len(),
            );
        }
        plain.push(character);
    }
    plain
}

/// The instructions of a function, one a line; those of another that it is the same as, if the compiler has merged them.
fn instructions(assembly: &str, name: &str) -> Option<String> {
    if let Some(other) = same_as(assembly, name) {
        return instructions(assembly, other);
    }
    let (_, rest) = assembly.split_once(&format!("\n{name}:\n"))?;
    let body = rest.lines().take_while(|line| !line.starts_with(".Lfunc_end"));
    let is_instruction = |line: &&str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with(['.', '#']) && !line.ends_with(':')
    };
    let lines = body.filter(is_instruction);
    Some(
        lines
            .map(|line| format!("    {}\n", line.trim().replace('\t', " ")))
            .collect(),
    )
}

/// The function that this name is another name of: `.set name, other`, or `name = other` in newer output.
fn same_as<'a>(assembly: &'a str, name: &str) -> Option<&'a str> {
    assembly.lines().find_map(|line| {
        let line = line.trim();
        let set = line
            .strip_prefix(".set ")
            .and_then(|rest| rest.strip_prefix(name)?.strip_prefix(", "));
        set.or_else(|| line.strip_prefix(name)?.strip_prefix(" = "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASSEMBLY: &str =
        "\t.text\nread_gc:\n\t.cfi_startproc\n\tmovq\t(%rdi), %rax\n\tretq\n.Lfunc_end0:\n\t.size x\n";

    #[test]
    fn instructions_are_told_from_directives() {
        assert_eq!(
            instructions(ASSEMBLY, "read_gc").unwrap(),
            "    movq (%rdi), %rax\n    retq\n"
        );
        assert_eq!(instructions(ASSEMBLY, "read_arc"), None);
    }

    #[test]
    fn offsets_do_not_count_and_everything_else_does() {
        assert_eq!(
            without_offsets("movq 16(%rax), %rax"),
            without_offsets("movq (%rax), %rax")
        );
        assert_ne!(
            without_offsets("movl 16(%rax), %eax"),
            without_offsets("movq (%rax), %rax")
        );
        assert_ne!(without_offsets("addq $16, %rax"), without_offsets("addq $8, %rax"));
    }

    #[test]
    fn functions_that_were_merged_are_the_same() {
        for merged in ["\t.set read_arc, read_gc\n", "read_arc = read_gc\n"] {
            let assembly = format!("{ASSEMBLY}{merged}");
            assert_eq!(instructions(&assembly, "read_arc"), instructions(ASSEMBLY, "read_gc"));
        }
    }
}

//! Objects or types as comma-separated values (RFC 4180): one head line, fields quoted where they need it.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::Analysis;

/// A row an object; sizes in bytes, the dominator empty where there is none.
pub(super) fn objects(analysis: &Analysis<'_>, out: &mut impl Write) -> io::Result<()> {
    let snapshot = analysis.snapshot();
    out.write_all(b"id,address,type,size,count,retained,retained_objects,dominator,unreachable\r\n")?;
    for (id, object) in snapshot.objects() {
        let dominator = analysis.dominator(id).map(|it| it.0.to_string());
        write!(
            out,
            "{},{},{},{},{},{},{},{},{}\r\n",
            id.0,
            object.address,
            field(snapshot.type_name(object.type_id)),
            object.size,
            object.count,
            analysis.retained(id),
            analysis.retained_objects(id),
            dominator.unwrap_or_default(),
            analysis.is_garbage(id),
        )?;
    }
    Ok(())
}

/// A row a type.
pub(super) fn census(analysis: &Analysis<'_>, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"type,objects,bytes\r\n")?;
    for row in analysis.census() {
        let name = field(analysis.snapshot().type_name(row.type_id));
        write!(out, "{name},{},{}\r\n", row.objects, row.bytes)?;
    }
    Ok(())
}

fn field(text: &str) -> Cow<'_, str> {
    match text.contains(['"', ',', '\r', '\n']) {
        true => Cow::Owned(format!("\"{}\"", text.replace('"', "\"\""))),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_quotes_has_them() {
        assert_eq!(field("app.Order"), "app.Order");
        assert_eq!(field("Map<K, V>"), "\"Map<K, V>\"");
        assert_eq!(field("a\"b\n"), "\"a\"\"b\n\"");
    }
}

//! `freehold why`: the paths that keep an object, or the objects of a type, alive.

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use freehold_snapshot::{ObjectId, Snapshot, TypeId, report};

use crate::error::Error;
use crate::terminal::{self, Stream};

/// Say what keeps an object, or the objects of a type, alive: the paths from roots, one for each kind of way.
#[derive(Debug, Args)]
pub struct Why {
    /// The snapshot, as `freehold run` wrote it
    snapshot: PathBuf,

    /// The number of an object, or the name of a type; the name's last part will do where it is the only one
    #[arg(value_name = "OBJECT-ID | TYPE-NAME")]
    subject: String,

    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

impl Why {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let snapshot = Snapshot::load(&self.snapshot)?;
        let objects = objects(&snapshot, &self.subject)?;
        let analysis = snapshot.analyse();
        let why = analysis.why(&objects);
        let text = match self.json {
            true => report::Json { pretty: true }.why(&analysis, &why),
            false => terminal::text(Stream::Out).why(&analysis, &why),
        };
        Stream::Out.write(&text).map_err(Error::print)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The objects that `subject` names.
fn objects(snapshot: &Snapshot, subject: &str) -> Result<Vec<ObjectId>, Error> {
    if !subject.is_empty() && subject.bytes().all(|byte| byte.is_ascii_digit()) {
        let object = subject.parse().ok().map(ObjectId);
        let found = object.filter(|object| snapshot.object(*object).is_some());
        return found
            .map(|object| vec![object])
            .ok_or_else(|| Error::no_object(subject, snapshot.object_count()));
    }
    let types = snapshot.types_named(subject);
    let mut names: Vec<&str> = types.iter().map(|id| snapshot.type_name(*id)).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() > 1 {
        return Err(Error::several_types(subject, &names));
    }
    let objects = instances(snapshot, &types);
    match objects.is_empty() {
        true => Err(Error::no_type(subject)),
        false => Ok(objects),
    }
}

fn instances(snapshot: &Snapshot, types: &[TypeId]) -> Vec<ObjectId> {
    let wanted: HashSet<TypeId> = types.iter().copied().collect();
    let objects = snapshot
        .objects()
        .filter(|(_, object)| wanted.contains(&object.type_id));
    objects.map(|(id, _)| id).collect()
}

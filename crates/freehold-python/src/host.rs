//! The interpreter that the agent lives in: its functions, its layouts, its collector.

use crate::Error;
use crate::api::Api;
use crate::collector::Collector;
use crate::layout::Layout;
use crate::object::Gil;

/// What stays the same for the life of the process.
pub(crate) struct Host {
    pub(crate) api: Api,
    pub(crate) layout: Layout,
    pub(crate) collector: Collector,
    /// Full version, such as `3.12.1`.
    pub(crate) version: String,
}

impl Host {
    /// Recognises the interpreter of this process.
    pub(crate) fn recognise(gil: Gil<'_>) -> Result<Host, Error> {
        let api = Api::resolve()?;
        let version = api.version();
        let layout = Layout::of(&version)?;
        let collector = Collector::find(&api, gil)?;
        Ok(Host {
            api,
            layout,
            collector,
            version: version.2,
        })
    }
}

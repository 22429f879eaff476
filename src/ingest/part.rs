//! What is read as one file: an input, or a member of an input that is an archive.

use super::Input;
use super::error::Error;
use super::read::archive::{self, Member};
use super::read::packing::Packing;

#[derive(Clone, Debug)]
pub struct Part<'a> {
    pub input: &'a Input,
    pub member: Option<Member>,
    /// As people know it: of a member, `orders.zip/march.csv`.
    pub path: String,
    /// Of an archive, the member whose reading also checksums the whole.
    pub first: bool,
}

impl<'a> Part<'a> {
    /// The parts of an input, in the order of their names.
    pub fn of(input: &'a Input) -> Result<Vec<Self>, Error> {
        if Packing::by_name(&input.path) != Packing::Zip {
            return Ok(vec![Self { input, member: None, path: input.path.clone(), first: true }]);
        }
        let part = |(at, member): (usize, Member)| Self {
            input,
            path: format!("{}/{}", input.path, member.name),
            member: Some(member),
            first: at == 0,
        };
        Ok(archive::members(input)?.into_iter().enumerate().map(part).collect())
    }

    /// How its bytes are packed, besides being in an archive.
    pub fn packing(&self) -> Packing {
        if self.member.is_some() { Packing::Plain } else { Packing::by_name(&self.path) }
    }

    /// Bytes as they lie there.
    pub fn size(&self) -> u64 {
        self.member.as_ref().map_or(self.input.size, |member| member.packed)
    }
}

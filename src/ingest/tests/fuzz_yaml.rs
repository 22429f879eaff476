//! Damaged pipelines and contracts: taken, or refused with a reason; never a panic.

use super::blocks::Dice;
use super::fuzz::damage;
use super::hostile::{cases, pipeline_of};
use super::*;
use crate::diag::SourceText;
use crate::project::{Mappings, Overrides, Texts, resolve};
use crate::spec::{Contract, Document, Pipeline};

pub struct Documents {
    pipelines: Vec<Vec<u8>>,
    contracts: Vec<Vec<u8>>,
}

const TOKENS: [&[u8]; 28] = [
    b"\n",
    b"\n  ",
    b"\n- ",
    b"\n    - ",
    b": ",
    b"- ",
    b"? ",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"\"",
    b"'",
    b"|\n",
    b">-\n",
    b"&a ",
    b"*a",
    b"<<: *a\n",
    b"!!int ",
    b"!!binary ",
    b"---\n",
    b"...\n",
    b"#",
    b"\t",
    b"~",
    b"\xef\xbb\xbf",
    b"99999999999999999999",
];

impl Documents {
    pub fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let in_folder = |folder: PathBuf| {
            let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            files.sort();
            files
        };
        let shipped =
            in_folder(root.join("presets")).into_iter().flat_map(|preset| in_folder(preset.join("pipelines")));
        let shipped = shipped.chain(in_folder(root.join("pipelines"))).filter(|path| path.is_file());
        let shipped = shipped.map(|file| fs::read(file).unwrap());
        // Small ones, of which every key stands in some.
        let small = cases().into_iter().map(|case| fs::read_to_string(case.join("source.yaml")).unwrap());
        let pipelines = small.map(|source| pipeline_of(&source).into_bytes()).chain(shipped).collect();
        let contracts = ["sql/core/contract.yaml", "sql/marts/profiling/contract.yaml"];
        Self { pipelines, contracts: contracts.map(|file| fs::read(root.join(file)).unwrap()).to_vec() }
    }

    /// Whether the documents were taken for sound.
    pub fn survive(&self, noise: &[u8], dice: &mut Dice) -> bool {
        let pipeline = &self.pipelines[dice.roll(self.pipelines.len())];
        let other = &self.pipelines[dice.roll(self.pipelines.len())];
        let contract = &self.contracts[dice.roll(self.contracts.len())];
        match dice.roll(20) {
            // No YAML at all.
            0 => resolved(noise, b"version: 1"),
            1 => resolved(&damage(pipeline, noise, &TOKENS, 2, dice), b"version: 1"),
            2 => resolved(pipeline, &damage(contract, other, &TOKENS, 2, dice)),
            3 => resolved(&damage(pipeline, other, &TOKENS, 2, dice), contract),
            _ => resolved(&damage(pipeline, other, &TOKENS, 2, dice), b"version: 1"),
        }
    }
}

fn resolved(pipeline: &[u8], contract: &[u8]) -> bool {
    // What is no UTF-8 is refused where files are read.
    let source = |path: &str, bytes: &[u8]| SourceText::new(path, String::from_utf8_lossy(bytes).into_owned());
    let contract = Document::<Contract>::parse(&source("contract.yaml", contract));
    let pipeline = Document::<Pipeline>::parse(&source("pipeline.yaml", pipeline));
    let refused = match (pipeline, contract) {
        (Ok(pipeline), Ok(contract)) => {
            let texts = Texts {
                pipeline,
                contracts: vec![contract],
                sql: Vec::new(),
                mappings: Mappings::default(),
                matched: Mappings::default(),
            };
            match resolve(&texts, &Overrides::default()) {
                Ok(_) => return true,
                Err(refused) => refused,
            }
        }
        (Err(refused), _) | (_, Err(refused)) => refused,
    };
    assert!(refused.has_errors());
    assert!(refused.iter().all(|said| said.code.starts_with('S') && said.to_string().contains("yaml")));
    false
}

/// Otherwise it would not be the damage that is refused.
#[test]
fn undamaged_documents_are_taken() {
    let documents = Documents::read();
    let taken = documents.pipelines.iter().filter(|pipeline| resolved(pipeline, b"version: 1")).count();
    assert!(taken >= cases().len(), "{taken} of {}", documents.pipelines.len());
}

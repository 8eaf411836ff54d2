//! What a call that fits no signature is told, in torch's words.

use super::{Function, Kind, Mismatch, Parameter, Signature, elements, fit, named};
use crate::error::{Error, Result};
use crate::python::ffi::call::texts::typename_of;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

impl Signature {
    /// As messages list it.
    fn listed(&self) -> String {
        let mut parts: Vec<String> = self
            .parameters
            .iter()
            .map(|p| match p.default {
                Some(default) => format!("{} {} = {default}", p.kind_text, p.name),
                None => format!("{} {}", p.kind_text, p.name),
            })
            .collect();
        if self.positional < parts.len() {
            parts.insert(self.positional, "*".into());
        }
        format!("({})", parts.join(", "))
    }
}

impl Function {
    /// Why a signature does not fit, in torch's words.
    #[cold]
    fn explain(
        &self,
        signature: &Signature,
        args: &Bound<'_, PyTuple>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> Result<String> {
        Ok(match fit(signature, args, kwargs) {
            Ok(_) => format!("{}(): invalid arguments", self.name),
            Err(Mismatch::Raised(error)) => return Err(error),
            Err(Mismatch::TooMany) => self.too_many(signature, args.len()),
            Err(Mismatch::Missing(i)) => self.missing(signature, i),
            Err(Mismatch::Keyword) => self.keyword(signature, args.len(), kwargs),
            Err(Mismatch::Type(i, positional)) => {
                let parameter = &signature.parameters[i];
                let object = if positional { Some(args.get_item(i)?) } else { named(kwargs, parameter.name)? };
                object.map_or(String::new(), |object| self.wrong_type(parameter, i, &object, positional))
            }
        })
    }

    fn too_many(&self, signature: &Signature, given: usize) -> String {
        let (least, most) = (signature.least(), signature.positional);
        if least != most {
            return format!("{}() takes from {least} to {most} positional arguments but {given} were given", self.name);
        }
        let (s, were) = (if most == 1 { "" } else { "s" }, if given == 1 { "was" } else { "were" });
        format!("{}() takes {most} positional argument{s} but {given} {were} given", self.name)
    }

    fn missing(&self, signature: &Signature, from: usize) -> String {
        let missing: Vec<_> = signature.parameters[from..]
            .iter()
            .filter(|p| p.default.is_none())
            .map(|p| format!("\"{}\"", p.name))
            .collect();
        // The plural is torch's.
        let s = if missing.len() == 1 { "s" } else { "" };
        format!("{}() missing {} required positional argument{s}: {}", self.name, missing.len(), missing.join(", "))
    }

    fn wrong_type(&self, parameter: &Parameter, i: usize, object: &Bound<'_, PyAny>, positional: bool) -> String {
        let (function, name, wanted) = (self.name, parameter.name, &parameter.kind_text);
        let place = if positional { format!(" (position {})", i + 1) } else { String::new() };
        let got = match elements(object) {
            Some(Some(first)) if positional && parameter.kind == Kind::Sizes => {
                format!("but found element of type {} at pos 0", typename_of(&first))
            }
            _ => format!("not {}", typename_of(object)),
        };
        format!("{function}(): argument '{name}'{place} must be {wanted}, {got}")
    }

    fn keyword(&self, signature: &Signature, given: usize, kwargs: Option<&Bound<'_, PyDict>>) -> String {
        for (key, _) in kwargs.iter().flat_map(|kwargs| kwargs.iter()) {
            let key = key.to_string();
            match signature.parameters.iter().position(|p| p.name == key) {
                None => return format!("{}() got an unexpected keyword argument '{key}'", self.name),
                Some(place) if place < given => {
                    return format!("{}() got multiple values for argument '{key}'", self.name);
                }
                Some(_) => {}
            }
        }
        format!("{}(): invalid keyword arguments", self.name)
    }

    /// The error of a call that fits no signature.
    #[cold]
    pub(super) fn refuse(
        &self,
        signatures: &[Signature],
        args: &Bound<'_, PyTuple>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> Error {
        let given = args.len() + kwargs.map_or(0, |kwargs| kwargs.len());
        let plausible = |s: &&Signature| (s.least()..=s.parameters.len()).contains(&given);
        let mut meant = signatures.iter().filter(plausible);
        let meant = match (signatures, meant.next(), meant.next()) {
            ([one], ..) | (_, Some(one), None) => Some(one),
            _ => None,
        };
        if let Some(signature) = meant {
            return self.explain(signature, args, kwargs).map_or_else(|error| error, Error::type_error);
        }
        let mut got: Vec<_> = args.iter().map(|object| typename_of(&object)).collect();
        let keywords: Vec<_> = kwargs.iter().flat_map(|kwargs| kwargs.iter()).collect();
        got.extend(keywords.iter().rev().map(|(key, object)| format!("{key}={}", typename_of(object))));
        // torch cuts the last comma only where something was given by position.
        let tail = if args.is_empty() && !got.is_empty() { ", " } else { "" };
        let mut text = format!(
            "{}() received an invalid combination of arguments - got ({}{tail}), but expected one of:\n",
            self.name,
            got.join(", ")
        );
        for signature in signatures {
            text += &format!(" * {}\n", signature.listed());
        }
        Error::type_error(text)
    }
}

//! As much of JSON Schema as the document uses.

use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A document, to hold values against its schemas.
pub struct Schemas(pub Value);

type Known = BTreeSet<String>;

impl Schemas {
    /// A schema by its name.
    pub fn named(&self, name: &str) -> Value {
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    /// What a reference leads to.
    pub fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let Some(reference) = schema["$ref"].as_str() else { return schema };
        let found = self.0.pointer(reference.trim_start_matches('#'));
        found.unwrap_or_else(|| panic!("{reference} leads nowhere"))
    }

    /// That the value fits, and that the schema knows each of its fields.
    pub fn check(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let known = self.fits(schema, value)?;
        let Some(object) = value.as_object() else { return Ok(()) };
        match object.keys().find(|key| !known.contains(*key)) {
            Some(key) => Err(format!("{key} is not in the schema of {value}")),
            None => Ok(()),
        }
    }

    /// The fields that the schema knows of a value that fits it.
    fn fits(&self, schema: &Value, value: &Value) -> Result<Known, String> {
        let schema = self.resolved(schema);
        self.plain(schema, value)?;
        let mut known = self.fields(schema, value)?;
        for part in schema["allOf"].as_array().into_iter().flatten() {
            known.extend(self.fits(part, value)?);
        }
        if let Some(parts) = schema["oneOf"].as_array() {
            let fitting: Vec<_> = parts.iter().map(|part| self.fits(part, value)).collect();
            let good: Vec<_> = fitting.iter().filter_map(|part| part.as_ref().ok()).collect();
            match good.as_slice() {
                [one] => known.extend((*one).clone()),
                several => {
                    return Err(format!("{} of {} fit {value}: {fitting:?}", several.len(), parts.len()));
                }
            }
        }
        Ok(known)
    }

    fn fields(&self, schema: &Value, value: &Value) -> Result<Known, String> {
        let mut known = Known::new();
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap();
            value.get(name).ok_or_else(|| format!("{name} is missing in {value}"))?;
        }
        for (name, of) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(field) = value.get(name) {
                self.check(of, field).map_err(|error| format!("{name}: {error}"))?;
                known.insert(name.clone());
            }
        }
        for item in value.as_array().into_iter().flatten().filter(|_| !schema["items"].is_null()) {
            self.check(&schema["items"], item)?;
        }
        Ok(known)
    }

    fn plain(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let types: Vec<_> = match &schema["type"] {
            Value::Array(types) => types.iter().collect(),
            Value::Null => vec![],
            one => vec![one],
        };
        let named = |name: &Value| match name.as_str().unwrap() {
            "null" => value.is_null(),
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            other => panic!("{other} is no type"),
        };
        let of_type = types.is_empty() || types.into_iter().any(named);
        let listed = schema["enum"].as_array().is_none_or(|all| all.contains(value));
        let constant = schema["const"].is_null() || schema["const"] == *value;
        if of_type && listed && constant { Ok(()) } else { Err(format!("{value} does not fit {schema}")) }
    }

    /// A value made of a schema: all of its fields, the first of what can be chosen from.
    pub fn sample(&self, schema: &Value) -> Value {
        let schema = self.resolved(schema);
        if let Some(first) = schema["enum"].get(0).or_else(|| schema["examples"].get(0)) {
            return first.clone();
        }
        if let Some(parts) = schema["oneOf"].as_array() {
            return self.sample(parts.iter().find(|part| part["type"] != "null").unwrap());
        }
        let mut sample = self.sample_of_type(schema);
        for part in schema["allOf"].as_array().into_iter().flatten() {
            let part = self.sample(part);
            if sample.is_null() {
                sample = json!({});
            }
            sample.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
        }
        sample
    }

    fn sample_of_type(&self, schema: &Value) -> Value {
        let name = schema["type"].as_str().or_else(|| schema["type"].get(0).and_then(Value::as_str));
        match name {
            Some("integer") => schema.get("minimum").cloned().unwrap_or(json!(1)),
            Some("boolean") => json!(true),
            Some("array") => json!([self.sample(&schema["items"])]),
            Some("object") => {
                let fields = schema["properties"].as_object().into_iter().flatten();
                fields
                    .map(|(name, of)| (name.clone(), self.sample(of)))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }
            Some("string") => json!("text"),
            _ => Value::Null,
        }
    }
}

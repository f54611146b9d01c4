//! Reads numbers, truth values and enumerants out of JSON: exactly, or with a word on what is wrong.

use serde_json::Value;

use super::{
    nearest::nearest,
    node::{Enum, Scalar},
};

/// The bits of a scalar, or what is wrong with the value.
pub(super) fn bits(scalar: Scalar, value: &Value) -> Result<u64, String> {
    let misfit = || {
        Err(format!(
            "expected {}, found {}",
            expected(scalar),
            found(value)
        ))
    };
    match (scalar, value) {
        (Scalar::Void, Value::Null) => Ok(0),
        (Scalar::Bool, Value::Bool(it)) => Ok((*it).into()),
        (Scalar::Float32, _) => match float(value) {
            Some(it) if it.is_finite() && (it as f32).is_infinite() => misfit(),
            Some(it) => Ok((it as f32).to_bits().into()),
            None => misfit(),
        },
        (Scalar::Float64, _) => float(value).map_or_else(misfit, |it| Ok(it.to_bits())),
        _ => match (scalar.range(), integer(value)) {
            (Some((least, greatest)), Some(it)) if (least..=greatest).contains(&it) => {
                Ok(it as u64)
            }
            _ => misfit(),
        },
    }
}

/// The number of an enumerant that is given by its name or its number.
pub(super) fn enumerant(it: &Enum, name: &str, value: &Value) -> Result<u64, String> {
    if let Value::String(text) = value {
        if let Some(number) = it.by_name.get(text) {
            return Ok((*number).into());
        }
        // A number as text is what an argument on a command line may be.
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            let names = || it.enumerants.iter().map(|it| it.name.as_str());
            return Err(format!(
                "`{name}` has no `{}`; {}",
                shorten(text),
                suggestion(text, names)
            ));
        }
    }
    match integer(value) {
        Some(number) if (0..=i128::from(u16::MAX)).contains(&number) => Ok(number as u64),
        _ => Err(format!(
            "expected `{name}` (a name, or a number from 0 to 65535), found {}",
            found(value)
        )),
    }
}

/// Which name may have been meant, or which there are.
pub(super) fn suggestion<'a, I: Iterator<Item = &'a str>>(
    name: &str,
    known: impl Fn() -> I,
) -> String {
    if let Some(nearest) = nearest(name, known()) {
        return format!("did you mean `{}`?", shorten(nearest));
    }
    let mut listed: Vec<_> = known().take(MOST_LISTED + 1).map(shorten).collect();
    if listed.is_empty() {
        return "there is none".to_owned();
    }
    if listed.len() > MOST_LISTED {
        listed[MOST_LISTED] = "…".to_owned();
    }
    format!("there are: {}", listed.join(", "))
}

const MOST_LISTED: usize = 16;

/// What was found, as short as can be shown.
pub(super) fn found(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(it) => it.to_string(),
        Value::Number(it) => it.to_string(),
        Value::String(it) => format!("{:?}", shorten(it)),
        Value::Array(it) => format!("a list of {}", it.len()),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn expected(scalar: Scalar) -> String {
    let name = scalar.name();
    match scalar {
        Scalar::Void => format!("{name} (null)"),
        Scalar::Bool => format!("{name} (true or false)"),
        Scalar::Float32 | Scalar::Float64 => {
            format!("{name} (a number, \"NaN\", \"Infinity\" or \"-Infinity\")")
        }
        _ => match scalar.range() {
            Some((least, greatest)) => format!("{name} ({least} to {greatest})"),
            None => name.to_owned(),
        },
    }
}

/// An integer, as a number or as text: JSON's numbers are too small for some readers and writers.
fn integer(value: &Value) -> Option<i128> {
    /// Above it, not every integer is a double, and so a double may stand for another integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => {
            if let Some(it) = number.as_i64() {
                return Some(it.into());
            }
            if let Some(it) = number.as_u64() {
                return Some(it.into());
            }
            let it = number.as_f64()?;
            (it.fract() == 0.0 && it.abs() <= EXACT).then_some(it as i128)
        }
        _ => None,
    }
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            // Rust reads `inf`, `nan` and the like as well, which nothing here ever writes.
            text => text.parse::<f64>().ok().filter(|it| it.is_finite()),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_bounds_of_every_integer_fit_and_what_is_beyond_does_not() {
        for scalar in Scalar::ALL {
            let Some((least, greatest)) = scalar.range() else {
                continue;
            };
            for fits in [least, greatest, 0] {
                let text = json!(fits.to_string());
                assert_eq!(bits(scalar, &text), Ok(fits as u64), "{scalar:?} {fits}");
                let number: Value = serde_json::from_str(&fits.to_string()).unwrap();
                assert_eq!(bits(scalar, &number), Ok(fits as u64), "{scalar:?} {fits}");
            }
            for beyond in [least - 1, greatest + 1] {
                let text = json!(beyond.to_string());
                let number: Value = serde_json::from_str(&beyond.to_string()).unwrap();
                for value in [text, number] {
                    let problem = bits(scalar, &value).unwrap_err();
                    assert!(problem.contains(scalar.name()), "{problem}");
                    assert!(problem.contains(&greatest.to_string()), "{problem}");
                }
            }
        }
    }

    #[test]
    fn a_whole_number_may_be_written_as_a_float_and_no_other() {
        assert_eq!(bits(Scalar::UInt8, &json!(1e2)), Ok(100));
        assert!(bits(Scalar::UInt8, &json!(1.5)).is_err());
        assert!(
            bits(Scalar::UInt64, &json!(1e18)).is_err(),
            "1e18 is not exact"
        );
    }

    #[test]
    fn floats_have_names_for_what_json_has_no_numbers_for() {
        let read = |value| bits(Scalar::Float64, &value).map(f64::from_bits);
        assert!(read(json!("NaN")).unwrap().is_nan());
        assert_eq!(read(json!("Infinity")), Ok(f64::INFINITY));
        assert_eq!(read(json!("-Infinity")), Ok(f64::NEG_INFINITY));
        assert_eq!(read(json!("2.5")), Ok(2.5));
        assert!(read(json!("inf")).is_err());
        assert!(bits(Scalar::Float32, &json!(1e39)).is_err(), "too large");
        assert_eq!(
            bits(Scalar::Float32, &json!("Infinity")),
            Ok(f32::INFINITY.to_bits().into())
        );
    }

    #[test]
    fn what_does_not_fit_is_told_in_the_terms_of_the_schema() {
        assert_eq!(
            bits(Scalar::UInt8, &json!(300)).unwrap_err(),
            "expected UInt8 (0 to 255), found 300"
        );
        assert_eq!(
            bits(Scalar::Bool, &json!("yes")).unwrap_err(),
            "expected Bool (true or false), found \"yes\""
        );
    }
}

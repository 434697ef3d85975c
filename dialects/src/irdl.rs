//! Dialect definitions as IRDL text.

/// One dialect. Every op has one result; every operand and the result satisfy `base`;
/// each attribute may be any attribute, its shape is checked when the op is read.
///
/// Each operand and attribute gets a constraint of its own: one constraint used twice means *equal*.
pub fn dialect<'a>(
    name: &str,
    base: &str,
    ops: impl Iterator<Item = (&'a str, &'a [&'a str], &'a [&'a str])>,
) -> String {
    let mut text = format!("irdl.dialect @{name} {{\n");
    for (op, operands, attributes) in ops {
        text.push_str(&format!("  irdl.operation @{op} {{\n"));
        let constrained = operands
            .iter()
            .copied()
            .filter(|o| !o.starts_with("..."))
            .chain(["result"]);
        for operand in constrained {
            text.push_str(&format!("    %{operand} = irdl.base \"{base}\"\n"));
        }
        for variadic in operands.iter().filter_map(|o| o.strip_prefix("...")) {
            text.push_str(&format!("    %{variadic} = irdl.base \"{base}\"\n"));
        }
        for attribute in attributes {
            text.push_str(&format!("    %{attribute}_attribute = irdl.any\n"));
        }
        let named = |names: &[&str]| {
            let pairs = names.iter().map(|name| match name.strip_prefix("...") {
                Some(name) => format!("{name}: variadic %{name}"),
                None => format!("{name}: %{name}"),
            });
            pairs.collect::<Vec<_>>().join(", ")
        };
        if !operands.is_empty() {
            text.push_str(&format!("    irdl.operands({})\n", named(operands)));
        }
        text.push_str("    irdl.results(result: %result)\n");
        if !attributes.is_empty() {
            let pairs = attributes
                .iter()
                .map(|name| format!("\"{name}\" = %{name}_attribute"));
            let pairs = pairs.collect::<Vec<_>>().join(", ");
            text.push_str(&format!("    irdl.attributes {{{pairs}}}\n"));
        }
        text.push_str("  }\n");
    }
    text.push_str("}\n");
    text
}

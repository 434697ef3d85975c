//! Types and configurations as users write them.

use compiler::config::{Config, clock_ps};
use compiler::options::{Options, Scores};
use compiler::precision::{InputPrecision, Precision};

#[test]
fn types_are_read_and_printed() {
    for (text, printed, fraction) in [
        ("fixed<16,6>", "fixed<16,6>", 10),
        (" fixed< 16 , 6 > ", "fixed<16,6>", 10),
        ("ufixed<8,0>", "ufixed<8,0>", 8),
        ("fixed<8,12>", "fixed<8,12>", -4),
        ("fixed<8,-2>", "fixed<8,-2>", 10),
        ("fixed<8,3,floor>", "fixed<8,3,floor>", 5),
        ("fixed<8,3,half_even,wrap>", "fixed<8,3,half_even,wrap>", 5),
        ("ap_fixed<12,8>", "fixed<12,8,floor,wrap>", 4),
        ("ap_ufixed<10,7,AP_RND>", "ufixed<10,7,half_up,wrap>", 3),
        ("ap_fixed<8,6,AP_RND_CONV,AP_SAT>", "fixed<8,6>", 2),
        (
            "fixed<8,6,RND_ZERO,SAT_SYM>",
            "fixed<8,6,half_to_zero,saturate_symmetric>",
            2,
        ),
    ] {
        let precision: Precision = text.parse().expect(text);
        assert_eq!(precision.to_string(), printed);
        assert_eq!(precision.fraction(), fraction, "{text}");
        assert_eq!(printed.parse(), Ok(precision), "{text}");
    }
}

#[test]
fn types_that_are_none() {
    let refused = [
        "",
        "fixed",
        "fixed<16>",
        "fixed<16,6",
        "fixed<16,6>>",
        "fixed<16,6,floor,wrap,2>",
        "float<16,6>",
        "fixed<-1,0>",
        "fixed<0,0>",
        "fixed<127,0>",
        "fixed<8,999>",
        "fixed<8,3,wrap>",
        "fixed<8,3,floor,floor>",
        "fixed<1,1,floor,saturate_symmetric>",
    ];
    let said = refused.map(|text| {
        let refusal = text.parse::<Precision>().expect_err(text);
        format!("{text:36} {refusal}")
    });
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_whole_configuration() {
    let text = r#"
        top = "trigger"
        clock_mhz = 240
        stages = 3
        target = "vu13p"
        scores = "logits"
        precision = "fixed<16,6>"
        fraction_bits = 8
        effort = 2

        [input]
        precision = "fixed<12,4>"

        [output]
        precision = "fixed<14,5>"

        [layers."dense_1"]
        weight = "fixed<6,3>"
        bias = "fixed<10,7>"
        product = "ap_fixed<12,8>"
        accumulator = "ap_fixed<12,8>"
        result = "ap_fixed<11,8>"
    "#;
    let config = Config::parse(text).expect("a configuration");
    let mut options = Options::default();
    config.apply(&mut options).expect("choices in range");
    let precision = |text: &str| Some(text.parse::<Precision>().expect(text));
    assert_eq!(options.top.as_deref(), Some("trigger"));
    assert_eq!((options.clock_ps, options.stages), (4166, Some(3)));
    assert_eq!(config.target.as_deref(), Some("vu13p"));
    assert_eq!((options.scores, options.fraction_bits), (Scores::Logits, 8));
    assert_eq!(options.effort, 2);
    assert_eq!(options.default_precision, precision("fixed<16,6>"));
    let fixed = options.input_precision.and_then(InputPrecision::fixed);
    assert_eq!(fixed, precision("fixed<12,4>"));
    assert_eq!(options.output_precision, precision("fixed<14,5>"));
    let layer = options.layers["dense_1"];
    assert_eq!(layer.weight, precision("fixed<6,3>"));
    assert_eq!(layer.bias, precision("fixed<10,7>"));
    assert_eq!(layer.product, precision("ap_fixed<12,8>"));
    assert_eq!(layer.accumulator, precision("fixed<12,8,floor,wrap>"));
    assert_eq!(layer.result, precision("ap_fixed<11,8>"));
}

#[test]
fn an_empty_configuration_chooses_nothing() {
    let mut options = Options::default();
    let config = Config::parse("").expect("a configuration");
    config.apply(&mut options).expect("choices in range");
    assert_eq!(options, Options::default());
}

#[test]
fn clocks_have_bounds() {
    assert_eq!(clock_ps(200.0), Ok(5000));
    assert_eq!(clock_ps(360.0), Ok(2777));
    for wrong in [0.0, -5.0, f64::NAN, f64::INFINITY, 1e9] {
        assert!(clock_ps(wrong).is_err(), "{wrong} MHz");
    }
}

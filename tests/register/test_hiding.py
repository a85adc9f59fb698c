from register import hiding


def test_names_are_taken_out_of_texts_whatever_their_spaces_and_case() -> None:
    hide = hiding.without(["Skogsgläntans Städlag", "Skogsgläntan", "AB", "Mora"])
    assert hide("Avtal med SKOGSGLÄNTANS\u00a0 städlag i AB-län") == "Avtal med […] i AB-län"
    assert hide("Skogsgläntan förskola, Mora kommun") == "[…] förskola, Mora kommun"

//! Text inside an element: escaped, and never a character that XML 1.0 does not have.

/// Whether XML 1.0 can carry a character at all, in any notation (its production `Char`).
pub(crate) fn is_xml_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// `<name>text</name>`, or `<name/>`. Without a name, the text alone.
pub(crate) fn write_text_element(out: &mut String, name: &str, text: &str) {
    if name.is_empty() {
        return write_text(out, text);
    }
    out.push('<');
    out.push_str(name);
    if text.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    write_text(out, text);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Bytes that may need attention: markup, control characters, and the first byte of U+FFFE and U+FFFF.
const SUSPECT: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = byte != b'\t' as usize && byte != b'\n' as usize;
        byte += 1;
    }
    table[b'&' as usize] = true;
    table[b'<' as usize] = true;
    table[b'>' as usize] = true;
    table[0xEF] = true;
    table
};

fn write_text(out: &mut String, text: &str) {
    // Nearly every text of a reply is an id, an address or a word: copied whole.
    if !text.bytes().any(|byte| SUSPECT[usize::from(byte)]) {
        out.push_str(text);
        return;
    }
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A reader turns a bare carriage return into a line feed.
            '\r' => out.push_str("&#13;"),
            character if is_xml_character(character) => out.push(character),
            _ => out.push(char::REPLACEMENT_CHARACTER),
        }
    }
}

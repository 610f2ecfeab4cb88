//! What stands in the pictures: as in the mock-ups, made up.

/// Titles of other chats; each is its chat's first question.
pub(super) const TITLES: [&str; 5] = [
    "Notes from the tax office",
    "Portuguese, lesson 12",
    "Is this rash worth a call",
    "A chat whose first question is much too long for the rail that its title stands in",
    "Talk for the reading group",
];

/// The chat that is deleted and brought back.
pub(super) const DELETED: &str = "Portuguese, lesson 12";

/// What it is answered when it is asked again.
pub(super) const LESSON: &str = "Today: greetings.

- *Bom dia* until noon
- *Boa tarde* until the lamps are lit
- *Boa noite* after that";

/// What waits in the text box.
pub(super) const DRAFT: &str = "Write a short, friendly mail asking about the tank price.";

pub(super) const PUMP_PART: &str = "heat pump";
/// A question with an answer that holds a table.
pub const PUMP_QUESTION: &str = "Nordvarme asks €14,200 for a heat pump in a house of 110 m². Is that fair?";
/// Its answer.
pub const PUMP_ANSWER: &str = "**Yes, except for the tank.** The rest is inside the usual range for your house.

| Item | Your quote | Usual range | Verdict |
| --- | ---: | ---: | --- |
| Heat pump, 8 kW | €7,900 | €7,000–9,000 | Fair |
| Installation | €4,100 | €3,000–4,500 | Fair |
| Hot-water tank, 200 l | €2,200 | €1,200–1,800 | **High** |

Ask for the tank’s model number. A [grant](https://grants.example/) may cover part of the pump.";

pub(super) const SCANS_PART: &str = "300 scans";
/// A question whose answer stops in the middle of its last line.
pub const SCANS_QUESTION: &str =
    "I have 300 scans named scan_0001.pdf and on. Write a loop that renames each to the day it was made.";
/// The beginning of its answer.
pub const SCANS_ANSWER: &str =
    "This keeps every file: if two scans share a day, the second gets a short number at the end.

```bash
# Rename every scan to the day it was made.
for f in scan_*.pdf; do
  day=$(pdfinfo \"$f\" | awk '/CreationDate/ {print $6\"-\"$3\"-\"$4}')
  new=\"$day.pdf\"
  [ -e \"$new\" ] && new=\"$day-$RANDOM.pdf\"
  mv -v \"$f\" \"$new\"
done
```

- Run it first in a folder with three copies.
- It needs the `pdfinfo` tool, which most systems";

pub(super) const REFUSED_PART: &str = "to my neighbour";
/// A question that the model's owner turns down.
pub(super) const REFUSED_QUESTION: &str = "Write a mail to my neighbour about the tank price.";

-- The card: masked documents, periods of the balance, notes, neighbours, explanations of an amount, the timeline, look-ups by document in mass.
set local role okno_owner;

reset role;

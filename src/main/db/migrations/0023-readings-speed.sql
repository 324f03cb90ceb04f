-- Readings at the speed of eight desks and of a register of a million.
set local role okno_owner;

reset role;

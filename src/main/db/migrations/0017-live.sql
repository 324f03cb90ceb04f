-- A change is told to the desks that show it, and to the desk that comes second: who, when, what.
set local role okno_owner;

reset role;

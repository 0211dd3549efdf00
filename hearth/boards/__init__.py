"""The board of shelters, water, power, food and medicine; reports, forms, and rehearsals."""

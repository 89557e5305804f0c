"""Spanish as it is written in the United States: a point before decimals. What a form shows can so be sent back."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","

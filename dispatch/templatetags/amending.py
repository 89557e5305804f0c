"""What the form that corrects a call was made from."""

from django import template

from dispatch import forms

register = template.Library()

register.filter("shown_values", forms.shown)
register.filter("control", forms.control)

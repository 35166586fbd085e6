"""How samples change, as a film or a strip: made from pictures, whoever made them. Pillow draws, and nothing here imports torch."""
